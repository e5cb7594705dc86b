/** Service tokens: what other programs come in with. */
import { ask, nothing } from './api.ts';
import { flag, list, maybe, number, type Of, record, text } from './shape.ts';

/** What a token can be allowed to do. */
export const SCOPES = ['visits:read', 'visits:write', 'people:read', 'records:read', 'media', 'audit:read'] as const;
export type Scope = (typeof SCOPES)[number];

/** Longest a token may live, in days. */
export const MAX_DAYS = 365;

const token = record({
  id: text,
  name: text,
  scopes: list(text),
  made_at: number,
  expires_at: number,
  last_used_at: maybe(number),
  revoked: flag,
});
export type ServiceToken = Of<typeof token>;

/** `token` is shown this once. */
const made = record({ id: text, token: text });
export type MadeToken = Of<typeof made>;

/** How a token stands: the one word its row shows. */
export function standingOf(one: ServiceToken, now: number): 'live' | 'expired' | 'revoked' {
  if (one.revoked) return 'revoked';
  return one.expires_at <= now ? 'expired' : 'live';
}

export const tokens = {
  list: () => ask('GET', '/tokens', list(token)),
  make: (fields: { name: string; scopes: Scope[]; days: number }) => ask('POST', '/tokens', made, fields),
  revoke: (one: string) => ask('DELETE', `/tokens/${encodeURIComponent(one)}`, nothing),
};
