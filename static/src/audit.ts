/** Audit entries: asking for them, and the sentence that each becomes. */
import { ask, askText } from './api.ts';
import { locale, t } from './i18n.ts';
import { flag, list, maybe, number, type Of, record, text } from './shape.ts';
import { ROLES } from './wire.ts';

const entry = record({
  seq: number,
  at: number,
  /** Who did it: an id, and the name they had then. */
  actor: maybe(text),
  actor_name: maybe(text),
  role: maybe(text),
  action: text,
  /** How it ended, as an HTTP status. */
  outcome: number,
  /** The patient it is about. */
  about: maybe(text),
  about_name: maybe(text),
  kind: maybe(text),
  subject: maybe(text),
  visit: maybe(text),
  address: maybe(text),
  /** Whom somebody acted for. */
  on_behalf: maybe(text),
});
export type AuditEntry = Of<typeof entry>;

const page = record({ entries: list(entry), next: maybe(number) });
const chain = record({ entries: number, ok: flag, first_bad: maybe(number) });
export type Chain = Of<typeof chain>;

const look = record({
  /** Its number in the audit. */
  seq: maybe(number),
  at: number,
  /** Null for strangers, programs and the server itself. */
  who: maybe(text),
  by: text,
  own: flag,
  role: maybe(text),
  department: maybe(text),
  action: text,
  outcome: number,
  visit_at: maybe(number),
});
/** Something that was done with what is mine. */
export type Look = Of<typeof look>;

/** What to show; empty words mean all. Days as an input has them, in this device's zone. */
export interface Filter {
  actor: string;
  about: string;
  action: string;
  from: string;
  to: string;
}

export const ALL: Filter = { actor: '', about: '', action: '', from: '', to: '' };

/** The query that asks for what a filter says. The last day is shown to its end. */
export function query(filter: Filter, after: number | null): string {
  const found = new URLSearchParams();
  if (after !== null) found.set('after', String(after));
  for (const field of ['actor', 'about', 'action'] as const) if (filter[field] !== '') found.set(field, filter[field]);
  const from = filter.from === '' ? null : new Date(`${filter.from}T00:00:00`);
  const to = filter.to === '' ? null : new Date(`${filter.to}T00:00:00`);
  if (from !== null) found.set('from', String(from.getTime()));
  if (to !== null) {
    to.setDate(to.getDate() + 1); // entries before it are shown
    found.set('to', String(to.getTime()));
  }
  const words = found.toString();
  return words === '' ? '' : `?${words}`;
}

/** Actions that have a sentence of their own (`audit-…` in the language file), as the server names them. */
export const ACTIONS: readonly string[] = [
  'login', 'login.factor', 'logout', 'logout.everywhere', 'session.end', 'lock', 'unlock', 'prove',
  'factor.begin', 'factor.enrol', 'factor.recovery', 'factor.remove', 'factor.reset',
  'register.start', 'register.check', 'register', 'reset.start', 'reset', 'profile.change', 'contact.start', 'contact.change', 'claim.start', 'claim', 'code.resend',
  'password.change', 'password.reset', 'key.make', 'key.back_up', 'key.approve', 'key.wraps', 'key.revoke', 'key.restore',
  'clinic_key.rotate', 'custody.restore', 'custody.renew',
  'people.list', 'person.add', 'person.change', 'person.disable', 'person.enable',
  'invite.make', 'invite.list', 'invite.revoke', 'invite.accept',
  'organisation.register', 'organisation.approve', 'organisation.refuse', 'organisation.change', 'organisation.switch', 'organisation.pending',
  'credential.read', 'credential.list', 'credential.submit', 'credential.document', 'document.read',
  'credential.check', 'credential.match', 'credential.activate', 'credential.refuse', 'credential.suspend', 'credential.reinstate', 'registry.import',
  'visits.list', 'visit.make', 'visit.read', 'visit.accept', 'visit.decline', 'visit.keys', 'visit.wrap', 'chat.read',
  'visit.join', 'visit.admit', 'visit.remove', 'visit.end', 'visit.end_idle', 'session.move',
  'link.make', 'link.list', 'link.resend', 'link.revoke', 'link.join',
  'records.list', 'record.seal', 'record.read', 'record.amend', 'block.read', 'upload.begin', 'upload.block', 'upload.end', 'patients.list', 'patient.keys', 'wards.list', 'guardian.list', 'guardian.add', 'guardian.end',
  'consents.list', 'consent.ask', 'consent.read', 'consent.fhir', 'consent.approve', 'consent.refuse', 'consent.revoke', 'consent.delegate',
  'witnesses.list', 'witness.list', 'consent.witness', 'consent.confirm', 'consent.deny',
  'consent.code', 'consent.redeem', 'consent.give', 'consent.end', 'glass.break', 'glass.unanchored', 'glass.review', 'reviews.list', 'custody.grant', 'custody.sign',
  'record.erase', 'record.restrict', 'ledger.check', 'ledger.health', 'ledger.flush', 'proof.take', 'key.look', 'key.say', 'export.own', 'erasure.ask', 'erasures.list',
  'blocks.alarms', 'token.make', 'token.list', 'token.revoke', 'audit.read', 'audit.verify', 'audit.export', 'audit.own', 'setup',
];

/** The part of a key in the language file that an action has. */
export const word = (action: string): string => action.replace(/[._]/g, '-');

/** "read your visit of 3 May": what was done. `mine` is for the person it was done with; `of` says which visit. */
export function deed(action: string, whose: 'mine' | 'other', of = ''): string {
  return ACTIONS.includes(action) ? t(`audit-${word(action)}`, { whose, of }) : t('audit-other', { action });
}

/** Who it was, for the person whose things they are. */
function whoOf(one: Look): string {
  if (one.who !== null) return one.who;
  if (one.by === 'system') return t('looked-server');
  if (one.by === 'token') return t('looked-program');
  return one.by === 'guest' ? t('looked-guest') : t('somebody');
}

/** Answers from this status on say no (RFC 9110). */
const REFUSED = 400;

/** "Dr. Rao, Cardiology, read your visit of 3 May." */
export function sentenceOf(one: Look): string {
  const day = (at: number): string => new Intl.DateTimeFormat(locale.value, { day: 'numeric', month: 'long' }).format(at);
  const did = deed(one.action, 'mine', one.visit_at === null ? '' : ` ${t('looked-of', { day: day(one.visit_at) })}`);
  if (one.outcome >= REFUSED) return one.action === 'login' ? t('looked-login-failed') : t('looked-tried', { name: whoOf(one), did });
  if (one.own) return t('looked-you', { did });
  const role = ROLES.find((known) => known === one.role);
  const as = one.department ?? (role === undefined ? null : t(`role-${role}`));
  return as === null ? t('looked-one', { name: whoOf(one), did }) : t('looked-one-as', { name: whoOf(one), role: as, did });
}

export const audit = {
  page: (filter: Filter, after: number | null) => ask('GET', `/audit${query(filter, after)}`, page),
  csv: (filter: Filter) => askText(`/audit.csv${query(filter, null)}`),
  verify: () => ask('GET', '/audit/verify', chain),
  mine: () => ask('GET', '/me/audit', list(look)),
  /** What was done with one record of one's own. */
  ofRecord: (record: string) => ask('GET', `/records/${encodeURIComponent(record)}/audit`, list(look)),
};
