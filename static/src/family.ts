/** Who speaks for whom: what is asked of the server about guardians, and about the children they speak for. */
import { ask, nothing } from './api.ts';
import { flag, list, maybe, number, type Of, record, text, word } from './shape.ts';

export const RELATIONS = ['mother', 'father', 'grandparent', 'relative', 'guardian'] as const;
export type Relation = (typeof RELATIONS)[number];
export const PAPERS = ['birth_certificate', 'identity', 'court_order', 'other'] as const;
export type Papers = (typeof PAPERS)[number];

const fields = {
  id: text, name: text, relation: maybe(word(...RELATIONS)), papers: maybe(word(...PAPERS)), since: number,
  /** Who looked at the paper. */
  by: text,
};
const guardian = record(fields);
export type Guardian = Of<typeof guardian>;

/** `child`: somebody may speak for them. */
const spokenFor = record({ name: text, birth_year: maybe(number), child: flag, guardians: list(guardian) });
export type SpokenFor = Of<typeof spokenFor>;

/** `follows`: the clinic wraps earlier records for the guardian now; `closed`: some are sealed to others alone. */
const linked = record({ ...fields, follows: flag, closed: flag });
export type Linked = Of<typeof linked>;

const child = record({ id: text, name: text, birth_year: maybe(number), relation: maybe(word(...RELATIONS)), since: number, closed: flag });
/** A child one speaks for. */
export type Child = Of<typeof child>;

const id = encodeURIComponent;

export const family = {
  children: () => ask('GET', '/me/wards', list(child)),
  of: (patient: string) => ask('GET', `/patients/${id(patient)}/guardians`, spokenFor),
  link: (patient: string, guardian: string, relation: Relation, papers: Papers) =>
    ask('POST', `/patients/${id(patient)}/guardians`, linked, { guardian, relation, papers }),
  end: (patient: string, guardian: string) => ask('DELETE', `/patients/${id(patient)}/guardians/${id(guardian)}`, nothing),
};
