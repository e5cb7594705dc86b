/** The clinic's keys: which it has, what they open, and having them used. */
import { ask } from './api.ts';
import type { PublicKey } from './seal/identity.ts';
import { flag, list, maybe, number, type Of, record, text, word } from './shape.ts';

const kept = record({
  id: text, organisation: text, rsa: text, ed: text, sig: text, made_at: number,
  status: word('live', 'retiring', 'retired'),
  /** Since when nothing is wrapped for it. */
  retired_at: maybe(number),
  /** Versions of records that it opens: one's own, or all for who administers. */
  versions: maybe(number),
  /** The server has its private half; told to administrators. */
  usable: maybe(flag),
});
export type KeptKey = Of<typeof kept>;

const clinicKeys = record({ custody: word('patient+clinic', 'patient-only'), key: maybe(kept), older: list(kept) });
export type ClinicKeys = Of<typeof clinicKeys>;

const restoring = record({ versions: number });

const alarm = record({ cid: text, what: word('missing', 'damaged'), found_at: number, mended_at: maybe(number), records: number });
/** A block on the server's disk that is not what it was. */
export type BlockAlarm = Of<typeof alarm>;

const id = encodeURIComponent;

export const custody = {
  keys: () => ask('GET', '/clinic-key', clinicKeys),
  rotate: () => ask('POST', '/clinic-key/rotate', record({ id: text })),
  /** The clinic opens what it can for a new key of one's own. */
  restore: (key: string) => ask('POST', `/me/keys/${id(key)}/restore`, restoring),
  alarms: () => ask('GET', '/block-alarms', list(alarm)),
};

/** A clinic's key as keys of people are: the organisation stands where the person stands. */
export function asPublic({ id: key, organisation, rsa, ed, sig }: KeptKey): PublicKey {
  return { id: key, person: organisation, rsa, ed, sig };
}

/** How many versions of records the clinic can open. */
export function openable({ key, older }: ClinicKeys): number {
  return [key, ...older].reduce((sum, one) => sum + (one?.versions ?? 0), 0);
}
