/** What is asked of the server about one's rights: erasing, correcting, who looked at one record. */
import { ask } from '../api.ts';
import { list, maybe, number, type Of, record, type Shape, text, word } from '../shape.ts';

const outcome = record({
  record: text,
  outcome: word('erased', 'restricted'),
  /** Why it is kept, when it is: treatments are kept for years; and until when. */
  why: maybe(word('retention')), until: maybe(number),
});
export type Outcome = Of<typeof outcome>;
const outcomes = record({ records: list(outcome) });

const anything: Shape<unknown> = (value) => value;
const id = encodeURIComponent;

export const rights = {
  /** Erases records; those that the law keeps are shown to nobody but their patient and the auditor. */
  erase: (records: readonly string[] | 'all') => ask('POST', '/me/erasures', outcomes, { records }),
};

/** Everything that the server knows about a person, as it says it itself. */
export function everything(): Promise<unknown> {
  return ask('GET', '/me/export', anything);
}

/** A consent as FHIR has it. */
export function fhirOf(consent: string): Promise<unknown> {
  return ask('GET', `/consents/${id(consent)}/fhir`, anything);
}
