/** The list of who is in a call, signed by the doctor: browsers seal to nobody else. */
import { BadBytes, type Bytes, compare, Reader, same, uuidBytes, Writer } from './bytes.ts';
import { sha256, sign, verify } from './primitives.ts';

/** Most people in one call. */
export const MAX_MEMBERS = 16;
const SIGNATURE = 64;

export interface RosterMember {
  seat: string;
  /** X25519, 32 bytes. */
  x: Bytes;
  /** Ed25519, 32 bytes. */
  ed: Bytes;
}

export interface Roster {
  visit: string;
  epoch: number;
  /** In the order of their ids. */
  members: RosterMember[];
}

/** A roster as it was signed. */
export interface SignedRoster {
  roster: Roster;
  /** SHA-256 of all of it, signature included. */
  hash: Bytes;
}

export function inOrder(members: readonly RosterMember[]): RosterMember[] {
  return [...members].sort((a, b) => compare(uuidBytes(a.seat), uuidBytes(b.seat)));
}

export function encodeRoster({ visit, epoch, members }: Roster): Bytes {
  if (members.length > MAX_MEMBERS) throw new BadBytes('too many people');
  const writer = new Writer().u8(1).uuid(visit).u64(epoch).u8(members.length);
  for (const { seat, x, ed } of inOrder(members)) writer.uuid(seat).fixed(x, 32).fixed(ed, 32);
  return writer.done();
}

function message(body: Bytes): Bytes {
  return new Writer().label('vaidya/roster/v1').raw(body).done();
}

/** The doctor's signature is behind the roster. */
export async function signRoster(key: CryptoKey, roster: Roster): Promise<Bytes> {
  const body = encodeRoster(roster);
  return new Writer().raw(body).fixed(await sign(key, message(body)), SIGNATURE).done();
}

/** Reads a roster without believing it. Throws {@link BadBytes}, also when the members are out of order or doubled. */
export function decodeRoster(body: Bytes): Roster {
  const reader = new Reader(body);
  if (reader.u8() !== 1) throw new BadBytes('a roster of another version');
  const [visit, epoch, count] = [reader.uuid(), reader.u64(), reader.u8()];
  if (count > MAX_MEMBERS) throw new BadBytes('too many people');
  const members = Array.from({ length: count }, () => ({ seat: reader.uuid(), x: reader.raw(32), ed: reader.raw(32) }));
  reader.end();
  const ordered = members.every((one, i) => i === 0 || compare(uuidBytes(members[i - 1]?.seat ?? ''), uuidBytes(one.seat)) < 0);
  if (!ordered) throw new BadBytes('a roster out of order');
  return { visit, epoch, members };
}

export function rosterHash(signed: Bytes): Promise<Bytes> {
  return sha256(signed);
}

/** The roster, when one of these keys (the doctor's) signed it; null otherwise, or when it can't be read. */
export async function openRoster(signed: Bytes, doctors: readonly Bytes[]): Promise<SignedRoster | null> {
  if (signed.length < SIGNATURE) return null;
  const body = signed.slice(0, signed.length - SIGNATURE);
  const signature = signed.slice(signed.length - SIGNATURE);
  const checks = await Promise.all(doctors.map((ed) => verify(ed, signature, message(body))));
  if (!checks.includes(true)) return null;
  try {
    return { roster: decodeRoster(body), hash: await rosterHash(signed) };
  } catch {
    return null;
  }
}

export function sameMember(one: RosterMember, other: RosterMember): boolean {
  return one.seat === other.seat && same(one.x, other.x) && same(one.ed, other.ed);
}

/** What is wrong with a well-signed roster. */
export type RosterRefusal = 'wrong_visit' | 'stale' | 'not_me' | 'unknown_member';

/** What this browser knows when it is shown a roster. */
export interface Knowledge {
  visit: string;
  /** The highest epoch it took. */
  epoch: number;
  me: RosterMember;
  /** The members whose blobs it verified, by seat. */
  known: ReadonlyMap<string, RosterMember>;
}

/** Whether to take a roster: null for yes. */
export function refuse(roster: Roster, { visit, epoch, me, known }: Knowledge): { why: RosterRefusal; seat: string | null } | null {
  if (roster.visit !== visit) return { why: 'wrong_visit', seat: null };
  if (roster.epoch <= epoch) return { why: 'stale', seat: null };
  if (!roster.members.some((one) => sameMember(one, me))) return { why: 'not_me', seat: null };
  const stranger = roster.members.find((one) => {
    const ours = one.seat === me.seat ? me : known.get(one.seat);
    return ours === undefined || !sameMember(ours, one);
  });
  return stranger === undefined ? null : { why: 'unknown_member', seat: stranger.seat };
}

/** The epoch after `highest`: not in the past, and with the KID that follows. `now` in ms since 1970. */
export function nextEpoch(highest: number, now: number): number {
  const least = Math.max(highest + 1, Math.floor(now));
  return least + ((((highest + 1 - least) % 8) + 8) % 8);
}
