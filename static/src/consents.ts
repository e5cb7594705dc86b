/** Consents: what is asked of the server about them, and what a patient's key signs. */
import { ask } from './api.ts';
import { t } from './i18n.ts';
import { keyShape } from './keys/server.ts';
import { messageOf, ofGrant } from './ledger/says.ts';
import { type Bytes, utf8, Writer } from './seal/bytes.ts';
import { KINDS } from './seal/kinds.ts';
import { sha256 } from './seal/primitives.ts';
import { flag, list, maybe, number, type Of, record, text, word } from './shape.ts';
import { consentState, roleWord } from './wire.ts';

export const SUBJECTS = ['store', 'share', 'record', 'research'] as const;
/** What is given to the organisation, and stands until it is taken back. */
export const STANDING = ['store', 'record', 'research'] as const;
export type Standing = (typeof STANDING)[number];
export const PURPOSES = ['treatment', 'second_opinion', 'insurance', 'research'] as const;
export type Purpose = (typeof PURPOSES)[number];
export const WHYS = ['new_problem', 'follow_up', 'before_procedure', 'medicines', 'second_opinion', 'claim', 'study', 'other'] as const;
export type Why = (typeof WHYS)[number];
export const EMERGENCIES = ['unconscious', 'danger_to_life', 'cannot_speak', 'no_guardian'] as const;
export type Emergency = (typeof EMERGENCIES)[number];
export type Verdict = 'justified' | 'not_justified';

/** The version of every sentence a consent is given to; the server takes no other. */
export const TEXT_VERSION = 1;

/** Longest a consent lasts, in minutes. */
export const LONGEST = 90 * 24 * 60;

const party = record({ id: text, name: text, department: maybe(text) });
const consent = record({
  id: text,
  subject: word(...SUBJECTS),
  purpose: word(...PURPOSES, 'emergency'),
  kinds: list(word(...KINDS)),
  /** All when there are none. */
  departments: maybe(list(text)),
  why: maybe(word(...WHYS, ...EMERGENCIES)),
  detail: maybe(text),
  minutes: maybe(number),
  text_version: number,
  language: text,
  /** What is true now. */
  state: consentState,
  how: maybe(word('tap', 'code', 'witness', 'break_glass')),
  /** The clinic says that it was given, and no key of the patient's. */
  asserted: flag,
  patient_id: text,
  patient: text,
  asked_by: maybe(party),
  grantee: maybe(party),
  made_at: number,
  /** Until when it can be answered, while it waits. */
  answer_by: maybe(number),
  decided_at: maybe(number),
  until: maybe(number),
  ended_at: maybe(number),
  delegated_from: maybe(text),
  guardian: maybe(record({ name: text, relation: text })),
  /** Who heard a yes that was said aloud, or is asked whether they did; until when they can say so, while that waits. */
  witness: maybe(party),
  witness_by: maybe(number),
  /** The code that was sent: everything but the code. */
  code: maybe(record({ expires: number, resend_after: number, tries_left: number })),
  break_glass: flag,
  review_by: maybe(number),
  overdue: flag,
  reviewed_at: maybe(number),
  verdict: maybe(word('justified', 'not_justified')),
  note: maybe(text),
});
export type Consent = Of<typeof consent>;

const toApprove = record({
  consent,
  /** The live keys of the doctor who is to see what it covers. */
  keys: list(keyShape),
  /** What it covers, as far as the key that was named opens it. */
  wraps: list(record({ record: text, ver: number, ek: text })),
});
export type ToApprove = Of<typeof toApprove>;

const colleague = record({ id: text, name: text, role: roleWord, department: maybe(text) });
/** Somebody who could be a witness. */
export type Colleague = Of<typeof colleague>;

const sent = record({ expires: number, resend_after: number });

export interface NewConsent {
  patient: string;
  subject: 'share';
  purpose: Purpose;
  kinds: readonly (typeof KINDS)[number][];
  departments?: readonly string[];
  minutes: number;
  why: Why;
  /** Another doctor who is to see them. */
  grantee?: string;
}

export interface Approval {
  key: string;
  /** Ms since 1970: no later than the ask said, counted from now. */
  until: number;
  signature: string;
  /** A guardian says it, for a child. */
  guardian?: true;
  wraps: { record: string; ver: number; key: string; ek: string }[];
}

export interface Gift {
  /** Drawn here, as the key signs it. */
  id: string;
  /** The child one speaks for. */
  patient?: string;
  subject: Standing;
  text_version: number;
  language: string;
  key?: string;
  signature?: string;
  guardian?: true;
}

const id = encodeURIComponent;

export const consents = {
  list: () => ask('GET', '/consents', list(consent)),
  get: (one: string, key?: string) => ask('GET', `/consents/${id(one)}${key === undefined ? '' : `?key=${id(key)}`}`, toApprove),
  ask: (wish: NewConsent) => ask('POST', '/consents', consent, wish),
  approve: (one: string, approval: Approval) => ask('POST', `/consents/${id(one)}/approve`, consent, approval),
  refuse: (one: string) => ask('POST', `/consents/${id(one)}/refuse`, consent, {}),
  revoke: (one: string) => ask('POST', `/consents/${id(one)}/revoke`, consent, {}),
  /** Has a code sent: to the patient, never here. */
  sendCode: (one: string) => ask('POST', `/consents/${id(one)}/code`, sent, {}),
  redeem: (one: string, code: string) => ask('POST', `/consents/${id(one)}/redeem`, consent, { code }),
  /** Doctor: who could hear a yes. */
  witnesses: () => ask('GET', '/witnesses', list(colleague)),
  /** Doctor: they said yes aloud, and this colleague heard it. */
  callWitness: (one: string, witness: string) => ask('POST', `/consents/${id(one)}/witness`, consent, { witness }),
  /** What one is asked to confirm as a witness. */
  toWitness: () => ask('GET', '/me/witness', list(consent)),
  confirm: (one: string) => ask('POST', `/consents/${id(one)}/witness/confirm`, consent, {}),
  deny: (one: string) => ask('POST', `/consents/${id(one)}/witness/deny`, consent, {}),
  delegate: (one: string, to: string) => ask('POST', `/consents/${id(one)}/delegate`, consent, { to }),
  give: (gift: Gift) => ask('POST', '/consents/give', consent, gift),
  breakGlass: (patient: string, why: Emergency, said: string) =>
    ask('POST', `/patients/${id(patient)}/break-glass`, consent, { why, text: said }),
  reviews: () => ask('GET', '/reviews', list(consent)),
  review: (one: string, verdict: Verdict, note: string) => ask('POST', `/reviews/${id(one)}`, consent, { verdict, note }),
};

/** What one consents to unasked, in words. */
export function consentText(given: Standing): string {
  return t(`consent-text-${given}-1`);
}

export type Terms = Pick<Consent, 'subject' | 'purpose' | 'kinds' | 'departments' | 'minutes' | 'text_version' | 'language'>;

/** What a consent says, one line each: the same text the server makes of it. */
export function terms(of: Terms): string {
  const orNone = (words: string) => (words === '' ? '-' : words);
  return [
    `subject ${of.subject}`,
    `purpose ${of.purpose}`,
    `kinds ${orNone(of.kinds.join(' '))}`,
    `departments ${orNone((of.departments ?? []).join('|'))}`,
    `minutes ${of.minutes === null ? '-' : String(of.minutes)}`,
    `text ${String(of.text_version)} ${of.language}`,
    '',
  ].join('\n');
}

/** Who says yes to what, with which key; `grantee` is the doctor, or the organisation of what stands; no `until`: 0. */
export interface Says {
  consent: string;
  patient: string;
  key: string;
  grantee: string;
  until: number;
}

/** What is said: the log gets its hash. */
export async function approvalBytes(says: Says, of: Terms): Promise<Bytes> {
  const hash = await sha256(utf8(terms(of)));
  const ids = [says.consent, says.patient, says.key, says.grantee];
  return ids.reduce((writer, one) => writer.uuid(one), new Writer().label('vaidya/consent/v1')).u64(says.until).raw(hash).done();
}

/** The message that the patient's Ed25519 key signs: whoever validates the log checks the same signature. */
export async function approvalMessage(says: Says, of: Terms): Promise<Bytes> {
  return messageOf(await ofGrant(says.consent, await approvalBytes(says, of), says.until));
}
