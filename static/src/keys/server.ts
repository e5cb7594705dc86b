/** What is asked of the server about keys, backups and wraps. */
import { ask, nothing } from '../api.ts';
import type { Backup, PublicKey } from '../seal/identity.ts';
import { list, maybe, number, type Of, record, type Shape, ShapeError, text, word } from '../shape.ts';

const one: Shape<1> = (value, at) => {
  if (value !== 1) throw new ShapeError(`${at} should be 1`);
  return value;
};

const backupFields = { v: one, kind: word('password', 'recovery'), iv: text, ct: text };
const keptBackup = record({ key: text, ...backupFields });
/** A backup and the key whose halves it holds. */
export type KeptBackup = Of<typeof keptBackup>;

export const keyShape = record({
  id: text, person: text, rsa: text, ed: text, sig: text, device: maybe(text), made_at: number,
  status: word('pending', 'live', 'revoked'),
});
/** A key as the server lists it. */
export type ListedKey = Of<typeof keyShape>;

const mine = record({ keys: list(keyShape), backups: list(keptBackup) });
export type MyKeys = Of<typeof mine>;

const keyWrap = record({ key: text, ek: text });
export type KeyWrap = Of<typeof keyWrap>;

/** The public half of an organisation's key. */
export const clinicKey = record({ id: text, organisation: text, rsa: text, ed: text, sig: text, made_at: number });
export type ClinicKey = Of<typeof clinicKey>;

const ofVisit = record({ doctor: list(keyShape), patient: list(keyShape), clinic: maybe(clinicKey), wraps: list(keyWrap) });
export type ListedVisitKeys = Of<typeof ofVisit>;
export interface ListedRecordKeys {
  keys: ListedKey[];
  clinic: ClinicKey | null;
  custody: 'patient+clinic' | 'patient-only';
  /** The consent by which one may write. */
  consent?: string | null;
}
const ofRecord: Shape<ListedRecordKeys> = record({ keys: list(keyShape), clinic: maybe(clinicKey), custody: word('patient+clinic', 'patient-only'), consent: maybe(text) });

const wrapsOfKey = record({
  visits: list(record({ visit: text, ek: text })),
  records: list(record({ record: text, ver: number, ek: text })),
});
/** Everything that is wrapped for one key. */
export type Wraps = Of<typeof wrapsOfKey>;

export interface NewKey extends PublicKey {
  /** What the key says to the log of itself, base64url. */
  said?: string;
  device: string;
  backups: Backup[];
  /** It is to be the first live one or none. */
  first: boolean;
  /** Live at once, whatever else there is. */
  startOver: boolean;
}

/** The server's side of keys, so that tests can be one. */
export interface KeyServer {
  mine(): Promise<MyKeys>;
  add(key: NewKey): Promise<ListedKey>;
  keepBackup(key: string, backup: Backup): Promise<unknown>;
  approve(key: string, by: string, sig: string, wraps: Wraps): Promise<ListedKey>;
  wrapsOf(key: string): Promise<Wraps>;
  revoke(key: string): Promise<unknown>;
  ofVisit(visit: string): Promise<ListedVisitKeys>;
  /** For whom a record of this patient must be sealed. */
  ofRecord(patient: string, visit: string | null): Promise<ListedRecordKeys>;
  wrap(visit: string, first: boolean, wraps: KeyWrap[]): Promise<unknown>;
}

const id = encodeURIComponent;

export const keyServer: KeyServer = {
  mine: () => ask('GET', '/me/keys', mine),
  add: ({ id: key, rsa, ed, sig, device, backups, first, startOver, said }) =>
    ask('POST', '/me/keys', keyShape, { id: key, rsa, ed, sig, device, backups, first, start_over: startOver, ...(said !== undefined && { said }) }),
  keepBackup: (key, backup) => ask('PUT', `/me/keys/${id(key)}/backups/${backup.kind}`, nothing, backup),
  approve: (key, by, sig, wraps) => ask('POST', `/me/keys/${id(key)}/approve`, keyShape, { by, sig, wraps }),
  wrapsOf: (key) => ask('GET', `/me/keys/${id(key)}/wraps`, wrapsOfKey),
  revoke: (key) => ask('POST', `/me/keys/${id(key)}/revoke`, nothing),
  ofVisit: (visit) => ask('GET', `/visits/${id(visit)}/keys`, ofVisit),
  ofRecord: (patient, visit) => ask('GET', `/patients/${id(patient)}/recipients${visit === null ? '' : `?visit=${id(visit)}`}`, ofRecord),
  wrap: (visit, first, wraps) => ask('POST', `/visits/${id(visit)}/wraps`, nothing, { first, wraps }),
};
