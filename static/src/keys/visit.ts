/** The keys of a visit's doctor and patient: bound to their persons, and the same as the last time or said to be new. */
import { type Bytes, fromBase64url } from '../seal/bytes.ts';
import { type PublicKey, verifyBinding } from '../seal/identity.ts';
import { type KeyLog, noLog } from './log.ts';
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

/** How a key that the log does not have yet waits for it: it is used, and that is said. */
export type Waits = 'pending' | 'late';

/** What is not as it should be. */
export interface KeyWarning {
  side: Side;
  person: string;
  /**
   * `changed`: a key not seen before of a person seen before; `unbound`: a key that doesn't say whose it is, left out; `mixed`: keys of several
   * persons on one side, left out; `unlogged`: a key that the log does not have for this person, left out; `pending`: one that is on its way
   * there; `late`: one that should be there by now.
   */
  kind: 'changed' | 'unbound' | 'mixed' | 'unlogged' | Waits;
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
export async function keysOfVisit(visit: string, viewer: string | null, server: KeyServer, store: KeyStore, log: KeyLog = noLog): Promise<VisitKeys> {
  const listed = await server.ofVisit(visit);
  const [{ keys: doctor, warnings: ofDoctor }, { keys: patient, warnings: ofPatient }, clinic] = await Promise.all([
    believed('doctor', listed.doctor, log), believed('patient', listed.patient, log), clinicsKey(listed.clinic, log),
  ]);
  const warnings = [...ofDoctor, ...ofPatient];
  for (const [side, keys] of [['doctor', doctor], ['patient', patient]] as const) {
    const [first] = keys;
    if (viewer === null || first === undefined || !(await compare(keys, viewer, store))) continue;
    warnings.push({ side, person: first.person, kind: 'changed' });
  }
  return { visit, doctor, patient, clinic, wraps: listed.wraps, warnings };
}

/** The clinic's key to seal to: it must be bound to the clinic, also on its log, as a person's is to the person. */
export async function clinicsKey(key: ClinicKey | null, log: KeyLog = noLog): Promise<SealingKey | 'unbound' | null> {
  if (key === null) return null;
  if (!(await verifyBinding({ ...key, person: key.organisation }))) return 'unbound';
  const rsaBytes = fromBase64url(key.rsa);
  const logged = await log(key.organisation, [{ rsa: rsaBytes, ed: fromBase64url(key.ed) }]);
  return logged?.includes('other') === true ? 'unbound' : { id: key.id, rsaBytes };
}

async function believed(side: Side, listed: readonly ListedKey[], log: KeyLog): Promise<{ keys: VisitKey[]; warnings: KeyWarning[] }> {
  const person = listed[0]?.person ?? '';
  const said = (...kinds: KeyWarning['kind'][]): KeyWarning[] => kinds.map((kind) => ({ side, person, kind }));
  if (listed.some((one) => one.person !== person)) return { keys: [], warnings: said('mixed') };
  const { keys, unbound, unlogged, waits } = await bound(listed, log);
  return { keys, warnings: said(...(unbound ? ['unbound' as const] : []), ...(unlogged ? ['unlogged' as const] : []), ...(waits === null ? [] : [waits])) };
}

/** Keys of one person that may be used, and why others may not. */
export interface Bound {
  keys: VisitKey[];
  /** One doesn't say whose it is. */
  unbound: boolean;
  /** One is not the person's, as the log has it. */
  unlogged: boolean;
  /** One is not on the log yet. */
  waits: Waits | null;
}

/** The live ones of these keys, all of one person, that say whose they are and that the log doesn't contradict. */
export async function bound(listed: readonly ListedKey[], log: KeyLog = noLog): Promise<Bound> {
  const held = await Promise.all(listed.map(verifyBinding));
  const keys = listed
    .filter((one, i) => held[i] === true && one.status === 'live')
    .map((one) => ({ ...one, rsaBytes: fromBase64url(one.rsa), edBytes: fromBase64url(one.ed), fresh: false }));
  const unbound = held.includes(false);
  const [first] = keys;
  const logged = first === undefined ? null : await log(first.person, keys.map(({ rsaBytes: rsa, edBytes: ed }) => ({ rsa, ed })));
  if (logged === null) return { keys, unbound, unlogged: false, waits: null };
  const waits = logged.includes('late') ? 'late' : logged.includes('pending') ? 'pending' : null;
  return { keys: keys.filter((_, i) => logged[i] !== 'other'), unbound, unlogged: logged.includes('other'), waits };
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
