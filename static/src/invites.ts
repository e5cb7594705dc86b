/** Invites: the way by which colleagues get an account. */
import { ask, nothing } from './api.ts';
import { list, maybe, number, type Of, record, text, word } from './shape.ts';
import { type Role, roleWord } from './wire.ts';

const invite = record({
  id: text,
  name: text,
  role: roleWord,
  department: maybe(text),
  /** With the middle left out. */
  contact: text,
  made_at: number,
  expires: number,
  state: word('open', 'used', 'revoked', 'expired'),
});
export type Invite = Of<typeof invite>;

const made = record({ id: text, url: text, expires: number });
export type MadeInvite = Of<typeof made>;

export const invites = {
  list: () => ask('GET', '/invites', list(invite)),
  make: (fields: { contact: string; name: string; role: Role; department?: string }) => ask('POST', '/invites', made, fields),
  revoke: (one: string) => ask('DELETE', `/invites/${encodeURIComponent(one)}`, nothing),
};
