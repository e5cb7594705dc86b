/** Doctors' credentials: how they stand, what comes next, and what is asked of the server about them. */
import { ask } from './api.ts';
import { list, maybe, number, type Of, record, text, word } from './shape.ts';
import { upload } from './upload.ts';

const STATES = ['submitted', 'checked', 'matched', 'active', 'expiring', 'expired', 'suspended', 'refused'] as const;
const stateWord = word(...STATES);
export type CredentialState = (typeof STATES)[number];

const document = record({ id: text, name: text, kind: text, size: number });
export type CredentialDocument = Of<typeof document>;
const event = record({ at: number, by: maybe(text), to: stateWord, why: maybe(text) });
export type CredentialEvent = Of<typeof event>;

const credential = record({
  id: text,
  person: text,
  name: text,
  qualification: text,
  council: text,
  number: text,
  specialty: text,
  /** Ms since 1970, within its last day in UTC. */
  valid_until: number,
  state: stateWord,
  checked_by: maybe(text),
  matched_by: maybe(text),
  activated_by: maybe(text),
  verified_on: maybe(number),
  suspended_why: maybe(text),
  documents: list(document),
  history: list(event),
});
export type Credential = Of<typeof credential>;

export interface CredentialFields {
  qualification: string;
  council: string;
  number: string;
  specialty: string;
  valid_until: number;
}

/** Largest document, in bytes, and how many of them (the server says the same). */
export const MAX_DOCUMENT = 5 * 1024 * 1024;
export const MAX_DOCUMENTS = 5;
export const DOCUMENT_TYPES = ['application/pdf', 'image/jpeg', 'image/png'];

/** Why a file won't be taken, before it is sent; null when it may be. */
export function unfit(file: { type: string; size: number }, have: number): 'type' | 'empty' | 'large' | 'count' | null {
  if (have >= MAX_DOCUMENTS) return 'count';
  if (!DOCUMENT_TYPES.includes(file.type)) return 'type';
  if (file.size === 0) return 'empty';
  return file.size > MAX_DOCUMENT ? 'large' : null;
}

/** Whether visits can be made and started with it. */
export function isActive(state: CredentialState): boolean {
  return state === 'active' || state === 'expiring';
}

export type Step = 'check' | 'match' | 'activate' | 'refuse' | 'suspend' | 'reinstate';

/** What an administrator can do next, the first being what is expected. */
export function steps(state: CredentialState): Step[] {
  switch (state) {
    case 'submitted': return ['check', 'refuse'];
    case 'checked': return ['match', 'refuse'];
    case 'matched': return ['activate', 'refuse'];
    case 'active':
    case 'expiring': return ['suspend'];
    case 'suspended': return ['reinstate'];
    case 'expired':
    case 'refused': return [];
  }
}

/** Whole days from `now` to the end of a registration, never below 0. */
export function daysLeft(one: Credential, now: number): number {
  return Math.max(0, Math.floor((one.valid_until - now) / 86_400_000));
}

const id = encodeURIComponent;
const registry = record({ kept: number, bad: list(record({ line: number, why: text })) });
export type Imported = Of<typeof registry>;

export const credentials = {
  /** Null when nothing was given yet. */
  own: () => ask('GET', '/me/credential', maybe(credential)),
  submit: (fields: CredentialFields) => ask('PUT', '/me/credential', credential, fields),
  add: (file: File, progress: (share: number) => void) =>
    upload(`/me/credential/documents?name=${id(file.name)}`, file, file.type, document, progress),
  list: () => ask('GET', '/credentials', list(credential)),
  one: (one: string) => ask('GET', `/credentials/${id(one)}`, credential),
  documentUrl: (one: string, doc: string) => `/api/v1/credentials/${id(one)}/documents/${id(doc)}`,
  /** `body` is `{why}` for what needs a reason, `{manual}` for a match without the registry. */
  step: (one: string, step: Step, body: Record<string, string> = {}) => ask('POST', `/credentials/${id(one)}/${step}`, credential, body),
  importRegistry: (file: Blob, progress: (share: number) => void) => upload('/registry', file, 'text/csv', registry, progress),
};
