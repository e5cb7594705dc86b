/** For whom a record is sealed: the keys of everybody it concerns, bound to their persons, and the same as the last time or said to be new. */
import { type KeyLog, noLog } from './log.ts';
import type { KeyServer } from './server.ts';
import type { KeyStore } from './store.ts';
import { bound, clinicsKey, compare, type SealingKey, type VisitKey } from './visit.ts';

/** What is not as it should be with the keys of a person. */
export interface PersonWarning {
  person: string;
  /** `changed`: a key not seen before of a person seen before; `unbound`: a key that doesn't say whose it is, or that the log contradicts, left out. */
  kind: 'changed' | 'unbound';
}

export interface RecordKeys {
  keys: VisitKey[];
  /** The clinic's, when it can open records; null when it doesn't keep a key; `unbound` when it doesn't say whose it is. */
  clinic: SealingKey | 'unbound' | null;
  custody: 'patient+clinic' | 'patient-only';
  /** The consent by which one may write. */
  consent?: string | null;
  warnings: PersonWarning[];
}

/** Asks for whom a record of this patient must be sealed, and believes what can be checked. `viewer` is the person who seals. */
export async function keysOfRecord(patient: string, visit: string | null, viewer: string, server: KeyServer, store: KeyStore, log: KeyLog = noLog): Promise<RecordKeys> {
  const listed = await server.ofRecord(patient, visit);
  const people = [...new Set(listed.keys.map((one) => one.person))];
  const all: VisitKey[] = [];
  const warnings: PersonWarning[] = [];
  for (const person of people) {
    const { keys, unbound, unlogged } = await bound(listed.keys.filter((one) => one.person === person), log);
    if (unbound || unlogged) warnings.push({ person, kind: 'unbound' });
    if (await compare(keys, viewer, store)) warnings.push({ person, kind: 'changed' });
    all.push(...keys);
  }
  return { keys: all, clinic: await clinicsKey(listed.clinic, log), custody: listed.custody, consent: listed.consent ?? null, warnings };
}
