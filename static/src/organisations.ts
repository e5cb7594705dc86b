/** Organisations: what they are, what their administrators may set, and which of them a person is in. */
import { ask, nothing } from './api.ts';
import { flag, list, maybe, number, type Of, record, text, word } from './shape.ts';
import { roleWord } from './wire.ts';

const hours = record({ day: number, from: text, to: text });
/** When a day's visits are held: Monday is 1, times are "09:00" in the organisation's zone. */
export type Hours = Of<typeof hours>;

const policy = record({
  custody: word('patient+clinic', 'patient-only'),
  lock: record({ desk: number, staff: number, patient: number }),
  recording: word('off', 'ask'),
  second_factor: word('staff', 'nobody'),
  guests: flag,
  /** How long records of a treatment are kept although their patient wants them erased. */
  retention_years: number,
});
export type Policy = Of<typeof policy>;

export const kindWord = word('hospital', 'clinic');
export type Kind = Of<typeof kindWord>;

const fields = {
  id: text,
  name: text,
  kind: kindWord,
  zone: text,
  languages: list(text),
  phone: maybe(text),
  address: maybe(text),
  hours: list(hours),
  policy,
  /** The organisation that runs this server. */
  operator: flag,
  state: word('pending', 'active', 'refused', 'closed'),
};
const organisation = record(fields);
export type Organisation = Of<typeof organisation>;
/** `own`: whoever is here registered it, so somebody else answers. */
const pending = record({ ...fields, by: maybe(text), own: flag });
export type Pending = Of<typeof pending>;

const membership = record({ id: text, name: text, role: roleWord });
export type Membership = Of<typeof membership>;

export type NewOrganisation = { name: string; kind: Kind; zone: string; languages: string[]; phone?: string; address?: string };
export type Settings = Partial<Pick<Organisation, 'name' | 'zone' | 'languages' | 'phone' | 'address' | 'hours' | 'policy'>>;

/** Languages the pages and messages can be in, in their own words. */
export const LANGUAGES = [
  { tag: 'en', name: 'English' },
  { tag: 'hi', name: 'हिन्दी' },
  { tag: 'pa', name: 'ਪੰਜਾਬੀ' },
] as const;

const id = encodeURIComponent;

export const organisations = {
  own: () => ask('GET', '/organisation', organisation),
  change: (settings: Settings) => ask('PATCH', '/organisation', organisation, settings),
  register: (fields: NewOrganisation) => ask('POST', '/organisations', organisation, fields),
  pending: () => ask('GET', '/organisations/pending', list(pending)),
  approve: (one: string) => ask('POST', `/organisations/${id(one)}/approve`, organisation),
  refuse: (one: string, why: string) => ask('POST', `/organisations/${id(one)}/refuse`, organisation, { why }),
  mine: () => ask('GET', '/me/organisations', list(membership)),
  /** The session goes on in another organisation. */
  enter: (one: string) => ask('POST', '/me/organisation', nothing, { organisation: one }),
};
