/** The keys of a visit's doctor and patient: bound to their persons, and the same as the last time or said to be new. */
import { type Bytes, fromBase64url } from '../seal/bytes.ts';
import { type PublicKey, verifyBinding } from '../seal/identity.ts';
import type { ClinicKey, KeyServer, KeyWrap, ListedKey } from './server.ts';
import type { KeyStore } from './store.ts';

export type Side = 'doctor' | 'patient';

/** A key whose binding holds. */
export interface VisitKey extends PublicKey {
  /** SPKI. */
  rsaBytes: Bytes;
  /** 32 bytes. */
  edBytes: Bytes;
  /** This browser saw other keys of this person before, and never this one. */
  fresh: boolean;
}

/** A key to seal to, whose binding holds. */
export interface SealingKey {
  id: string;
  /** SPKI. */
  rsaBytes: Bytes;
}

/** What is not as it should be. */
export interface KeyWarning {
  side: Side;
  person: string;
  /** `changed`: a key not seen before of a person seen before; `unbound`: a key that doesn't say whose it is, left out; `mixed`: keys of several persons on one side, left out. */
  kind: 'changed' | 'unbound' | 'mixed';
}

export interface VisitKeys {
  visit: string;
  doctor: VisitKey[];
  patient: VisitKey[];
  /** The clinic's, when it keeps a key to the record; null when it doesn't; `unbound` when it doesn't say whose it is. */
  clinic: SealingKey | 'unbound' | null;
  /** The transcript key, wrapped for our own keys. */
  wraps: KeyWrap[];
  warnings: KeyWarning[];
}

/** Asks the server for the keys of a visit and believes what can be checked. `viewer` is the person who looks; a guest remembers nobody. */
export async function keysOfVisit(visit: string, viewer: string | null, server: KeyServer, store: KeyStore): Promise<VisitKeys> {
  const listed = await server.ofVisit(visit);
  const warnings: KeyWarning[] = [];
  const doctor = await believed('doctor', listed.doctor, warnings);
  const patient = await believed('patient', listed.patient, warnings);
  for (const [side, keys] of [['doctor', doctor], ['patient', patient]] as const) {
    const [first] = keys;
    if (viewer === null || first === undefined || !(await compare(keys, viewer, store))) continue;
    warnings.push({ side, person: first.person, kind: 'changed' });
  }
  return { visit, doctor, patient, clinic: await clinicsKey(listed.clinic), wraps: listed.wraps, warnings };
}

/** The clinic's key to seal to: it must be bound to the clinic as a person's is to the person. */
export async function clinicsKey(key: ClinicKey | null): Promise<SealingKey | 'unbound' | null> {
  if (key === null) return null;
  const bound = await verifyBinding({ ...key, person: key.organisation });
  return bound ? { id: key.id, rsaBytes: fromBase64url(key.rsa) } : 'unbound';
}

async function believed(side: Side, listed: readonly ListedKey[], warnings: KeyWarning[]): Promise<VisitKey[]> {
  const person = listed[0]?.person ?? '';
  if (listed.some((one) => one.person !== person)) {
    warnings.push({ side, person, kind: 'mixed' });
    return [];
  }
  const { keys, unbound } = await bound(listed);
  if (unbound) warnings.push({ side, person, kind: 'unbound' });
  return keys;
}

/** The live ones of these keys that say whose they are, and whether one doesn't. */
export async function bound(listed: readonly ListedKey[]): Promise<{ keys: VisitKey[]; unbound: boolean }> {
  const held = await Promise.all(listed.map(verifyBinding));
  const keys = listed
    .filter((one, i) => held[i] === true && one.status === 'live')
    .map((one) => ({ ...one, rsaBytes: fromBase64url(one.rsa), edBytes: fromBase64url(one.ed), fresh: false }));
  return { keys, unbound: held.includes(false) };
}

/** The first keys seen of a person are believed; later ones are said to be new until {@link accept}. Whether one of these, all of one person, is. */
export async function compare(keys: VisitKey[], viewer: string, store: KeyStore): Promise<boolean> {
  const [first] = keys;
  if (first === undefined) return false;
  const seen = await store.seen(viewer, first.person).catch(() => null);
  if (seen === null) {
    await store.remember(viewer, first.person, keys.map((one) => one.ed)).catch(() => undefined);
    return false;
  }
  for (const one of keys) one.fresh = !seen.includes(one.ed);
  return keys.some((one) => one.fresh);
}

/** The person who looks has been told of these keys and goes on with them. */
export async function accept(viewer: string, keys: readonly PublicKey[], store: KeyStore): Promise<void> {
  for (const person of new Set(keys.map((one) => one.person))) {
    const seen = (await store.seen(viewer, person)) ?? [];
    const eds = keys.filter((one) => one.person === person).map((one) => one.ed);
    await store.remember(viewer, person, [...new Set([...seen, ...eds])]);
  }
}
