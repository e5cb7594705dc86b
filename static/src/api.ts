/** What is asked once, over HTTP; every failure becomes a {@link Problem} with a sentence for people. */
import { t } from './i18n.ts';
import type { Backup } from './seal/identity.ts';
import type { PasswordParams } from './seal/password.ts';
import { type Role, roleWord, saidShape, visitView } from './wire.ts';
import { flag, isRecord, list, maybe, number, type Of, record, type Shape, text, word } from './shape.ts';

const personMe = record({
  kind: word('person'), id: text, login: text, name: text, role: roleWord, department: maybe(text),
  /** Where the session is. */
  organisation: maybe(record({ id: text, name: text })),
  /** Minutes without input after which the page locks itself; null when it doesn't. */
  lock: maybe(number),
  /** There is a second step at sign-in. */
  second_factor: maybe(flag),
  language: maybe(text),
});
const guestMe = record({ kind: word('guest'), visit: text, seat: text, name: text });
export type Me = Of<typeof personMe> | Of<typeof guestMe>;
export const meShape: Shape<Me> = (value, at) =>
  isRecord(value) && value.kind === 'guest' ? guestMe(value, at) : personMe(value, at);

const secondFactor = record({ kind: word('second_factor') });
const enrol = record({ kind: word('enrol'), name: text });
const lockedMe = record({ kind: word('locked'), name: text, login: text });
/** A session that can't do anything yet (or for now), and what it waits for. */
export type Waiting = Of<typeof secondFactor> | Of<typeof enrol> | Of<typeof lockedMe>;
/** Somebody who is in, or waits at the door. */
export type Standing = Me | Waiting;
/** How a session stands, as `GET /me` and everything that signs in answer. */
export const standing: Shape<Standing> = (value, at) => {
  switch (isRecord(value) ? value.kind : null) {
    case 'second_factor': return secondFactor(value, at);
    case 'enrol': return enrol(value, at);
    case 'locked': return lockedMe(value, at);
    default: return meShape(value, at);
  }
};

const person = record({ id: text, name: text, role: roleWord, department: maybe(text), login: maybe(text), disabled: maybe(flag) });
export type Person = Of<typeof person>;

const demoLogin = record({ login: text, password: maybe(text), role: maybe(roleWord), name: maybe(text), department: maybe(text) });
export type DemoLogin = Of<typeof demoLogin>;
const demoEntry: Shape<DemoLogin> = (value, at) =>
  typeof value === 'string'
    ? { login: value, password: null, role: null, name: null, department: null }
    : demoLogin(value, at);

const config = record({
  clinic: text, demo: maybe(list(demoEntry)), setup_needed: flag, protocol: number,
  /** Messages to phones and mailboxes are shown on a page of the app (development). */
  messages: maybe(flag),
  /** The clinic keeps a log. */
  ledger: maybe(flag),
});
export type Config = Of<typeof config>;

const kdf = record({ v: number, salt: text, iterations: number });
/** What a password is to the server: how it is stretched, and the half that is shown (base64url). */
export interface NewPassword {
  kdf: PasswordParams;
  key: string;
}

const seatName = record({
  id: text,
  role: word('doctor', 'patient', 'guest'),
  name: text,
  /** What somebody without an account said when they came; only the doctor is told. */
  birth_year: maybe(number),
  confirmed_at: maybe(number),
});
export type SeatDetail = Of<typeof seatName>;
const visitDetail: Shape<Of<typeof visitView> & { seats: Of<typeof seatName>[]; seat: string | null }> = (value, at) => ({
  ...visitView(value, at),
  ...record({ seats: (v, a) => maybe(list(seatName))(v, a) ?? [], seat: maybe(text) })(value, at),
});
export type VisitDetail = Of<typeof visitDetail>;

/** Somebody who has no account, only a phone. */
export interface PhonePatient {
  name: string;
  phone: string;
  language: string;
}

const chatPage = record({ chat: list(saidShape), last: number });

/** Why a request came to nothing: a code for programs and a sentence for people. */
export class Problem extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    sentence: string,
    /** Seconds to wait, when the server said so. */
    readonly retryAfter: number | null = null,
  ) {
    super(sentence);
  }
}

/** The sentence for whatever was thrown. */
export function sentence(error: unknown): string {
  return error instanceof Problem ? error.message : t('problem-unexpected');
}

const KNOWN = new Set([
  'wrong_login', 'locked', 'no_session', 'login_taken', 'bad_state', 'bad_link', 'link_used', 'bad_code', 'cross_site',
  'not_active', 'two_people', 'too_early',
  'wrong_code', 'code_spent', 'step_up', 'no_sms', 'factor_needed',
]);

/** Minutes a clock is off, as the sentence for it says. */
function minutesOff(body: unknown): number {
  return isRecord(body) && typeof body.minutes === 'number' ? Math.max(1, Math.round(Math.abs(body.minutes))) : 0;
}

/** What a refused request came to, from its status, its `Retry-After` and its body. */
export function problemOf(status: number, header: string | null, body: unknown): Problem {
  const code = isRecord(body) && typeof body.code === 'string' ? body.code : 'unexpected';
  const detail = isRecord(body) && typeof body.detail === 'string' ? body.detail : '';
  const seconds = Number(header);
  const retryAfter = Number.isFinite(seconds) && seconds > 0 ? seconds : null;
  if (code === 'locked') return new Problem(code, 429, t('problem-locked', { minutes: Math.ceil((retryAfter ?? 60) / 60) }), retryAfter);
  if (code === 'clock_off') return new Problem(code, status, t('problem-clock-off', { minutes: minutesOff(body) }));
  if (KNOWN.has(code)) return new Problem(code, status, t(`problem-${code.replaceAll('_', '-')}`), retryAfter);
  return new Problem(code, status, detail || t('problem-server', { status }), retryAfter);
}

/** What a request may have to wait for before it is sent again; each says whether it may. Set by the parts of the page that ask. */
export const gates = {
  /** The second step (or the password) once more, because what is asked for is grave. */
  fresh: (): Promise<boolean> => Promise.resolve(false),
  /** The password, because the session is locked. */
  unlocked: (): Promise<boolean> => Promise.resolve(false),
};

function send(method: string, path: string, body: unknown): Promise<Response> {
  const request: RequestInit = { method, credentials: 'same-origin', cache: 'no-store' };
  if (body instanceof Uint8Array) {
    request.headers = { 'Content-Type': 'application/octet-stream' };
    request.body = new Blob([body as Uint8Array<ArrayBuffer>]);
  } else if (method !== 'GET') {
    request.headers = { 'Content-Type': 'application/json' };
    request.body = JSON.stringify(body ?? {});
  }
  return fetch(`/api/v1${path}`, request).catch(() => {
    throw new Problem('unreachable', 0, t('problem-unreachable'));
  });
}

/** Whether a request that came to this is to be sent again: a gate held it up, and has opened. */
export async function mayGoOn(path: string, problem: Problem): Promise<boolean> {
  if (path === '/me/lock') return false;
  if (problem.code === 'step_up') return gates.fresh();
  return problem.code === 'locked_session' && gates.unlocked();
}

/** One request and the answer to it, which says yes. What a gate holds up is sent again once it opens. Throws a {@link Problem}. */
async function answer(method: string, path: string, body?: unknown): Promise<Response> {
  for (;;) {
    const response = await send(method, path, body);
    if (response.ok) return response;
    const problem = problemOf(response.status, response.headers.get('Retry-After'), await response.json().catch(() => null));
    if (!(await mayGoOn(path, problem))) throw problem;
  }
}

/** One request and its answer, checked; a body of bytes goes as it is. Throws a {@link Problem}. */
export async function ask<T>(method: string, path: string, shape: Shape<T>, body?: unknown): Promise<T> {
  const response = await answer(method, path, body);
  try {
    return shape(response.status === 204 ? null : await response.json(), path);
  } catch {
    throw new Problem('unreadable', response.status, t('problem-unreadable'));
  }
}

/** A file of text, as it is. Throws a {@link Problem}. */
export async function askText(path: string): Promise<string> {
  return (await answer('GET', path)).text();
}

/** Bytes, as they are. Throws a {@link Problem}. */
export async function askBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await answer('GET', path);
  return new Uint8Array(
    await response.arrayBuffer().catch(() => {
      throw new Problem('unreachable', 0, t('problem-unreachable'));
    }),
  );
}

/** An answer that says nothing but yes. */
export const nothing: Shape<null> = () => null;
const id = encodeURIComponent;

export const api = {
  config: () => ask('GET', '/config', config),
  me: () => ask('GET', '/me', standing),
  loginParams: (login: string) => ask('GET', `/login/params?login=${id(login)}`, kdf),
  /** `key` is what the password became (base64url): the password itself stays in the browser. */
  login: (login: string, key: string) => ask('POST', '/login', standing, { login, key }),
  /** The password once more: opens a locked session, and says whether it is right for one that is not locked. */
  unlock: (key: string) => ask('POST', '/me/unlock', standing, { key }),
  lock: () => ask('POST', '/me/lock', nothing),
  logout: () => ask('POST', '/logout', nothing),
  people: (role?: Role) => ask('GET', role === undefined ? '/people' : `/people?role=${role}`, list(person)),
  addPerson: (fields: { login: string; name: string; role: Role; department?: string } & NewPassword) =>
    ask('POST', '/people', person, fields),
  /** Administrator: a new password for somebody. */
  resetPassword: (who: string, fields: NewPassword) => ask('POST', `/people/${id(who)}/password`, nothing, fields),
  changePerson: (who: string, fields: { role?: Role; department?: string }) => ask('PATCH', `/people/${id(who)}`, person, fields),
  disable: (who: string) => ask('POST', `/people/${id(who)}/disable`, nothing),
  enable: (who: string) => ask('POST', `/people/${id(who)}/enable`, nothing),
  /** They enrol anew at the next sign-in. */
  resetFactor: (who: string) => ask('POST', `/people/${id(who)}/second-factor/reset`, nothing),
  changePassword: (fields: NewPassword & { old: string; backups: ({ key: string } & Backup)[] }) => ask('POST', '/me/password', nothing, fields),
  visits: () => ask('GET', '/visits', list(visitView)),
  visit: (visit: string) => ask('GET', `/visits/${id(visit)}`, visitDetail),
  chat: (visit: string, after: number) => ask('GET', `/visits/${id(visit)}/chat?after=${after}`, chatPage),
  makeVisit: (with_: { patient?: string | PhonePatient; doctor?: string; at?: number }) => ask('POST', '/visits', visitView, with_),
  accept: (visit: string) => ask('POST', `/visits/${id(visit)}/accept`, visitView),
  decline: (visit: string) => ask('POST', `/visits/${id(visit)}/decline`, visitView),
  setUp: (fields: { code: string; login: string; name: string } & NewPassword) => ask('POST', '/setup', standing, fields),
};
