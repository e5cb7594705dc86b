/** Links into a visit: making, sending, taking back, and what whoever holds one is told before they join. */
import { ask, meShape, nothing } from './api.ts';
import { flag, list, maybe, number, type Of, record, text, word } from './shape.ts';
import { doctorView } from './wire.ts';

const forWord = word('guest', 'patient');

const made = record({ id: text, url: text, code: text, expires: number });
export type MadeLink = Of<typeof made>;

const link = record({
  id: text,
  for: maybe(forWord),
  /** Where it was sent, with the middle left out. */
  phone: maybe(text),
  made_at: number,
  expires: number,
  used: flag,
  revoked: flag,
});
export type Link = Of<typeof link>;

const invitation = record({
  clinic: text,
  doctor: doctorView,
  for: maybe(forWord),
  state: word('requested', 'too_early', 'open', 'ended', 'declined'),
  planned_at: maybe(number),
  /** The clinic's IANA zone. */
  zone: maybe(text),
  opens_at: maybe(number),
  closes_at: maybe(number),
  /** The server's clock when it answered. */
  now: maybe(number),
  /** The visit, when we came by this link on this device before. */
  visit: maybe(text),
});
export type Invitation = Of<typeof invitation>;

export interface NewLink {
  for: 'guest' | 'patient';
  phone?: string;
  language?: string;
}

/** What somebody without an account says of themselves. */
export interface Hello {
  name: string;
  birth_year: number;
  confirmed: true;
}

/** How a link stands: the one word its row shows. */
export function standingOf(one: Link, now: number): 'revoked' | 'used' | 'expired' | 'unused' {
  if (one.revoked) return 'revoked';
  if (one.expires <= now) return 'expired';
  return one.used ? 'used' : 'unused';
}

const id = encodeURIComponent;

export const links = {
  make: (visit: string, fields: NewLink) => ask('POST', `/visits/${id(visit)}/links`, made, fields),
  list: (visit: string) => ask('GET', `/visits/${id(visit)}/links`, list(link)),
  /** A new code to the same phone; the old one stops working. */
  resend: (visit: string, one: string) => ask('POST', `/visits/${id(visit)}/links/${id(one)}/resend`, nothing),
  revoke: (visit: string, one: string) => ask('DELETE', `/visits/${id(visit)}/links/${id(one)}`, nothing),
  look: (code: string) => ask('GET', `/links/${id(code)}`, invitation),
  join: (code: string, hello: Hello) => ask('POST', `/links/${id(code)}/join`, meShape, hello),
};
