/** What is asked of the server about one's rights. */
import { ask } from '../api.ts';
import type { Shape } from '../shape.ts';

const anything: Shape<unknown> = (value) => value;

/** A consent as FHIR has it. */
export function fhirOf(consent: string): Promise<unknown> {
  return ask('GET', `/consents/${encodeURIComponent(consent)}/fhir`, anything);
}
