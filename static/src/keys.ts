/** The keys of whoever is signed in here, for the whole app. The work behind it is fetched when it is first needed. */
import { signal } from '@preact/signals';

import { type Me, Problem } from './api.ts';
import type { NotApprovable, Progress } from './keys/approve.ts';
import type { Holder } from './keys/holder.ts';
import type { RecordKeys } from './keys/record.ts';
import type { ListedKey } from './keys/server.ts';
import type { KeyState } from './keys/state.ts';
import type { MyIdentity } from './keys/store.ts';
import type { VisitKeys } from './keys/visit.ts';
import type { Bytes } from './seal/bytes.ts';
import type { PublicKey } from './seal/identity.ts';

export type { KeyState } from './keys/state.ts';
export type { MyIdentity } from './keys/store.ts';
export type { RecordKeys } from './keys/record.ts';
export type { KeyWarning, VisitKey, VisitKeys } from './keys/visit.ts';

const state = signal<KeyState>({ kind: 'none' });
/** Who is signed in and has keys. */
let inside: Me | null = null;
let person: string | null = null;
let holder: Holder | null = null;
/** What is under way; everything that needs the keys waits for it. */
let settling: Promise<void> = Promise.resolve();
/** Lets those go on who wait for keys that were put away; null when they are not. */
let reopen: ((settled: Promise<void>) => void) | null = null;

const machinery = () => import('./keys/machinery.ts');

/** Whether this account has keys: those who are in visits. */
function hasKeys(me: Me): boolean {
  return me.kind === 'person' && (me.role === 'doctor' || me.role === 'patient');
}

function failed(error: unknown): void {
  state.value = { kind: 'failed', error };
}

/** Somebody is here: `wrap` is the password's half right after a sign-in, null after a reload. */
function entered(me: Me, wrap: Bytes | null): void {
  if (me.kind !== 'person' || !hasKeys(me)) return left();
  if (person === me.id && wrap === null) return;
  // After a lock the pages stand as they were, with what was typed: they are told only how it ended.
  const quiet = reopen !== null && inside?.kind === 'person' && inside.id === me.id;
  holder?.drop();
  inside = me;
  person = me.id;
  if (!quiet) state.value = { kind: 'making' };
  settling = machinery().then(async ({ makeHolder }) => {
    if (person !== me.id) return;
    const mine = makeHolder(me.id, (next) => {
      if (holder === mine && !(quiet && next.kind === 'making')) state.value = next;
    });
    holder = mine;
    performance.mark('keys-asked');
    await mine.enter(wrap);
    performance.measure('keys-settled', 'keys-asked');
  }).catch(failed);
  reopen?.(settling);
  reopen = null;
}

/** The page is locked: the keys leave the memory, and whoever wants them waits until {@link entered}. */
function putAway(): void {
  if (reopen !== null || !inside || !hasKeys(inside)) return;
  holder?.drop();
  holder = null;
  person = null;
  settling = new Promise((settled) => {
    reopen = settled;
  });
}

/** Nobody is here any more; what this device stores stays. */
function left(): void {
  holder?.drop();
  holder = null;
  inside = null;
  person = null;
  settling = Promise.resolve();
  reopen?.(settling);
  reopen = null;
  state.value = { kind: 'none' };
}

/** Nobody is here any more, and this device forgets all keys: a sign-out. */
async function erase(): Promise<void> {
  if (reopen === null) await settling;
  left();
  const { eraseKeyStore } = await machinery();
  await eraseKeyStore().catch(() => undefined);
}

async function identity(): Promise<MyIdentity | null> {
  await settling;
  return state.value.kind === 'ready' ? (holder?.identity ?? null) : null;
}

async function ofVisit(visit: string): Promise<VisitKeys> {
  const { keyLog, keysOfVisit, keyServer, keyStore } = await machinery();
  await settling;
  return keysOfVisit(visit, holder?.person ?? null, keyServer, keyStore, keyLog);
}

async function ofRecord(patient: string, visit: string | null): Promise<RecordKeys> {
  const { keyLog, keysOfRecord, keyServer, keyStore } = await machinery();
  return withHolder((one) => keysOfRecord(patient, visit, one.person, keyServer, keyStore, keyLog));
}

async function accept(of: readonly PublicKey[]): Promise<void> {
  if (holder === null) return;
  const { accept: remember, keyStore } = await machinery();
  await remember(holder.person, of, keyStore).catch(() => undefined);
}

async function transcriptKey(of: VisitKeys): Promise<Bytes | null> {
  const mine = await identity();
  if (mine === null) return null;
  const { openWraps } = await machinery();
  return openWraps(mine, of.wraps);
}

async function firstWraps(of: VisitKeys, transcript: Bytes): Promise<'kept' | 'already'> {
  const { wrapsFor, keyServer } = await machinery();
  try {
    await keyServer.wrap(of.visit, true, await wrapsFor(of, transcript));
    return 'kept';
  } catch (error) {
    if (error instanceof Problem && error.code === 'already') return 'already';
    throw error;
  }
}

async function addWraps(of: VisitKeys, transcript: Bytes): Promise<void> {
  const { wrapsFor, keyServer } = await machinery();
  await keyServer.wrap(of.visit, false, await wrapsFor(of, transcript));
}

/** Asks the holder for something that settles the keys anew. */
async function withHolder<T>(work: (holder: Holder) => Promise<T>): Promise<T> {
  await settling;
  if (holder === null) throw new Problem('no_session', 401, '');
  return work(holder);
}

/** Tries again what failed at {@link entered}. */
async function again(): Promise<void> {
  if (holder !== null) return withHolder((one) => one.again());
  const who = inside;
  left();
  if (who !== null) entered(who, null);
}

async function list(): Promise<ListedKey[]> {
  const { keyServer } = await machinery();
  return (await keyServer.mine()).keys;
}

async function revoke(key: string): Promise<void> {
  const { keyServer } = await machinery();
  await keyServer.revoke(key);
}

async function pending(key: string, shown: string): Promise<ListedKey | NotApprovable> {
  const { pendingKey, keyServer } = await machinery();
  return withHolder((one) => pendingKey(one.person, key, shown, keyServer));
}

async function approve(key: ListedKey, progress: Progress): Promise<void> {
  const { approveWith, keyServer } = await machinery();
  const mine = await identity();
  if (mine === null) throw new Problem('no_session', 401, '');
  await approveWith(mine, key, keyServer, progress);
  await accept([key]);
}

export const keys = {
  state,
  machinery,
  /** Resolves when what {@link entered} started has come to an end, whatever it is. */
  settled: (): Promise<void> => settling,
  again,
  /** The password's half is at hand, so what is made new can be backed up. */
  hasPassword: (): boolean => holder?.hasPassword === true,
  /** The keys of this account. */
  list,
  revoke,
  /** Another device's key that waits for our yes, when it is the one that was shown. */
  pending,
  /** Says yes to it. */
  approve,
  entered,
  putAway,
  left,
  erase,
  /** Our keys, when they are ready; waits while they are being made. Null for guests, and when `state` says why not. */
  identity,
  /** The live keys of a visit's doctor and patient, bindings checked, with what is new or wrong. */
  ofVisit,
  /** For whom a record of this patient is sealed, bindings checked, with what is new or wrong. */
  ofRecord,
  /** The person was told of these keys (or compared the phrase) and goes on: they are not new any more. */
  accept,
  /** The transcript key in our wraps; null when none of them is for the key we have here. */
  transcriptKey,
  /** Doctor: the visit's transcript key for everybody's live keys. `already`: there is one; ask {@link ofVisit} again and use it. */
  firstWraps,
  /** Gives the transcript key to live keys that came later. */
  addWraps,
  withHolder,
};
