/** What the epochs need done with keys: the one place where the call's state machine meets WebCrypto. */
import { type Bytes, random } from './bytes.ts';
import { type Entry, type Member, nonceCommitment, readMember, type SeatRole } from './member.ts';
import { pairKey, type PairKind, pairOpen, pairSeal, unwrapSecret, wrapSecret } from './pass.ts';
import { type Side, phraseOf } from './phrase.ts';
import { openRoster, type Roster, type RosterMember, type SignedRoster, signRoster } from './roster.ts';

/** A seat in the room, as the server shows it. */
export interface SeatIn {
  seat: string;
  role: SeatRole;
  /** What its `join` carried. */
  blob: Bytes;
  /** The live Ed25519 keys of its person, checked; null for whoever has none that last. */
  keys: readonly Bytes[] | null;
}

/** The keys at work. Everything that opens gives null instead of throwing. */
export interface Seals {
  /** 32 fresh bytes. */
  secret(): Bytes;
  member(seat: SeatIn): Promise<Member | null>;
  /** Only the doctor's browser can. */
  signRoster(roster: Roster): Promise<Bytes>;
  openRoster(signed: Bytes, doctors: readonly Bytes[]): Promise<SignedRoster | null>;
  wrap(to: RosterMember, epoch: number, roster: Bytes, secret: Bytes): Promise<Bytes | null>;
  unwrap(from: RosterMember, epoch: number, roster: Bytes, wrap: Bytes): Promise<Bytes | null>;
  seal(kind: PairKind, to: RosterMember, plain: Bytes): Promise<Bytes | null>;
  open(kind: PairKind, from: RosterMember, sealed: Bytes): Promise<Bytes | null>;
  nonceCommitment(nonce: Bytes): Promise<Bytes>;
  phrase(mine: Side, theirs: Side): Promise<number[]>;
}

function orNull<T>(work: Promise<T>): Promise<T | null> {
  return work.catch(() => null);
}

/** The real ones, for one join. */
export function sealsOf(visit: string, me: string, entry: Entry): Seals {
  const to = (member: RosterMember) => ({ visit, from: me, to: member.seat });
  const from = (member: RosterMember) => ({ visit, from: member.seat, to: me });
  return {
    secret: () => random(32),
    member: ({ blob, role, keys }) => readMember(blob, visit, role, keys),
    signRoster: (roster) => signRoster(entry.signer.key, roster),
    openRoster,
    wrap: (member, epoch, roster, secret) => orNull(wrapSecret(entry.x, member.x, { ...to(member), epoch, roster }, secret)),
    unwrap: (member, epoch, roster, wrap) => orNull(unwrapSecret(entry.x, member.x, { ...from(member), epoch, roster }, wrap)),
    seal: async (kind, member, plain) => orNull(pairKey(entry.x, member.x, to(member)).then((key) => pairSeal(key, kind, to(member), plain))),
    open: async (kind, member, sealed) => orNull(pairKey(entry.x, member.x, from(member)).then((key) => pairOpen(key, kind, from(member), sealed))),
    nonceCommitment,
    phrase: (mine, theirs) => phraseOf(visit, mine, theirs),
  };
}
