/** What the pages of accounts ask of the server: codes, registration, invites, the second step, sessions and profiles. */
import { ask, nothing, standing, type NewPassword } from '../api.ts';
import { flag, list, maybe, number, type Of, record, type Shape, text, word } from '../shape.ts';
import { roleWord } from '../wire.ts';

const organisationCard = record({
  id: text, name: text, kind: word('hospital', 'clinic'), languages: list(text), phone: maybe(text), address: maybe(text),
});
/** What anybody may know of a clinic. */
export type OrganisationCard = Of<typeof organisationCard>;

/** A code is on its way: which, until when it counts and from when another can be sent, ms since 1970. */
const sent = record({ id: text, expires: number, resend_after: number });
export type Sent = Of<typeof sent>;

const waitingPerson = record({ person: text, name: text, visits: number });
/** Somebody who was at the clinic without an account. */
export type WaitingPerson = Of<typeof waitingPerson>;
const found = record({ waiting: list(waitingPerson) });
const checked = record({ logins_taken: number, suggest: text, waiting: list(waitingPerson) });
export type Checked = Of<typeof checked>;

export const SEXES = ['female', 'male', 'other', 'unsaid'] as const;
const sexWord = word(...SEXES);
export type Sex = Of<typeof sexWord>;
const guardian = record({ name: text, relation: text });
export type Guardian = Of<typeof guardian>;

export interface Registration extends NewPassword {
  id: string;
  code: string;
  login: string;
  name: string;
  birth_year: number;
  sex: Sex;
  language: string;
  guardian?: Guardian;
  claim?: string;
}

const profile = record({
  name: text, birth_year: maybe(number), sex: maybe(sexWord), language: maybe(text), guardian: maybe(guardian),
  /** The phone number or address, all but its end hidden. */
  phone: maybe(text),
  email: maybe(text),
});
export type Profile = Of<typeof profile>;
export type ProfileChange = Partial<Omit<Profile, 'phone' | 'email'>>;

const invite = record({ organisation: text, name: text, role: roleWord, expires: number });
export type Invite = Of<typeof invite>;

const totp = record({ secret: text, uri: text });
export type Totp = Of<typeof totp>;
const confirmed = record({ recovery: list(text), me: standing });
export type Confirmed = Of<typeof confirmed>;
const recovery = record({ recovery: list(text) });

const session = record({
  id: text, label: text, made_at: number, seen_at: number, address: maybe(text), current: flag, locked: flag,
  /** It is used from another network or another kind of browser than it was made with. */
  moved: maybe(flag),
});
export type SessionView = Of<typeof session>;

const message = record({ id: text, to: text, body: text, at: number, kind: text });
export type SentMessage = Of<typeof message>;

const anything: Shape<unknown> = (value) => value;
const id = encodeURIComponent;

export const doorServer = {
  organisations: () => ask('GET', '/organisations', list(organisationCard)),
  startRegister: (contact: string, language: string, organisation: string) =>
    ask('POST', '/register/start', sent, { contact, language, organisation }),
  resend: (code: string) => ask('POST', '/register/resend', sent, { id: code }),
  checkRegister: (code: string, typed: string) => ask('POST', '/register/check', checked, { id: code, code: typed }),
  finishRegister: (all: Registration) => ask('POST', '/register/finish', standing, all),
  startReset: (login: string) => ask('POST', '/reset/start', sent, { login }),
  finishReset: (all: { id: string; code: string; factor?: string } & NewPassword) => ask('POST', '/reset/finish', nothing, all),
  invite: (code: string) => ask('GET', `/invites/${id(code)}/look`, invite),
  /** With nothing: whoever is signed in. */
  acceptInvite: (code: string, account?: { login: string; name: string } & NewPassword) =>
    ask('POST', `/invites/${id(code)}/accept`, standing, account),
  secondStep: (code: string) => ask('POST', '/login/code', standing, { code }),
  makeTotp: () => ask('POST', '/me/totp', totp),
  confirmTotp: (code: string) => ask('POST', '/me/totp/confirm', confirmed, { code }),
  newRecovery: () => ask('POST', '/me/totp/recovery', recovery),
  removeTotp: () => ask('DELETE', '/me/totp', nothing),
  fresh: (proof: { code: string } | { key: string }) => ask('POST', '/me/fresh', anything, proof),
  sessions: () => ask('GET', '/me/sessions', list(session)),
  endSession: (one: string) => ask('DELETE', `/me/sessions/${id(one)}`, nothing),
  endSessions: (keep: boolean) => ask('POST', '/logout/everywhere', nothing, { keep }),
  profile: () => ask('GET', '/me/profile', profile),
  changeProfile: (change: ProfileChange) => ask('PATCH', '/me/profile', profile, change),
  startContact: (contact: string) => ask('POST', '/me/contact/start', sent, { contact }),
  finishContact: (code: string, typed: string) => ask('POST', '/me/contact/finish', anything, { id: code, code: typed }),
  claimByLink: (link: string) => ask('POST', '/me/claim', anything, { link }),
  /** A code to one's own phone. */
  startClaim: () => ask('POST', '/me/claim/start', sent),
  /** Who waits at that phone. */
  findClaims: (code: string, typed: string) => ask('POST', '/me/claim', found, { id: code, code: typed }),
  claim: (code: string, typed: string, person: string) => ask('POST', '/me/claim', anything, { id: code, code: typed, person }),
  messages: () => ask('GET', '/messages', list(message)),
};
