/** What a visit needs of the keys of whoever is here: something to sign with, and the wraps of the chat's key. */
import type { VisitDetail } from '../api.ts';
import { keys, type VisitKeys } from '../keys.ts';
import { base64url, type Bytes, same } from '../seal/bytes.ts';
import { makeGuest, type SeatRole, type Signer } from '../seal/member.ts';
import { me } from '../who.ts';
import type { TranscriptPorts } from './transcript.ts';

/** Who we are in a visit. */
export function roleIn(detail: VisitDetail): SeatRole {
  const seat = detail.seats.find((one) => one.id === detail.seat);
  if (seat !== undefined) return seat.role;
  const who = me.value;
  return who?.kind === 'person' && (who.role === 'doctor' || who.role === 'patient') ? who.role : 'guest';
}

/** Whether our keys outlive the tab: only those of people with an account do, whatever our seat is. */
export function lastingIn(role: SeatRole): boolean {
  return role !== 'guest' && me.value?.kind !== 'guest';
}

/** Guests' pairs, by visit: as long as the tab lives. */
const guests = new Map<string, Promise<Signer>>();

/** What we sign with; null when this browser has no keys of ours. */
export async function signerOf(visit: string, lasting: boolean): Promise<Signer | null> {
  if (!lasting) {
    const made = guests.get(visit) ?? makeGuest();
    guests.set(visit, made);
    return made;
  }
  const mine = await keys.identity();
  return mine === null ? null : { key: mine.identity.ed, ed: mine.identity.edPublic };
}

/** Keys that are new to this browser get nothing until the person has been told of them; our own is never new to us. */
export async function told(of: VisitKeys): Promise<VisitKeys> {
  const mine = (await keys.identity())?.identity.edPublic ?? null;
  const known = (one: { fresh: boolean; edBytes: Bytes }): boolean => !one.fresh || (mine !== null && same(one.edBytes, mine));
  return { ...of, doctor: of.doctor.filter(known), patient: of.patient.filter(known) };
}

export const transcriptPorts: Pick<TranscriptPorts, 'open' | 'first' | 'add' | 'told'> = {
  open: (of) => keys.transcriptKey(of),
  first: (of, key) => keys.firstWraps(of, key),
  add: (of, key) => keys.addWraps(of, key),
  told,
};

/** Where pairs are remembered whose phrase was the same. */
interface PairStore {
  pair(keys: string): boolean;
  setPair(keys: string): void;
}

export function pairOf(store: PairStore) {
  const name = (mine: Bytes, theirs: Bytes): string => `${base64url(mine)}.${base64url(theirs)}`;
  return {
    remembered: (mine: Bytes, theirs: Bytes): Promise<boolean> => Promise.resolve(store.pair(name(mine, theirs))),
    remember: (mine: Bytes, theirs: Bytes): void => store.setPair(name(mine, theirs)),
  };
}
