/** Each other person and us: nonces revealed, the phrase compared, the transcript key handed over. */
import type { Alarms } from './alarm.ts';
import { type Bytes, same } from './bytes.ts';
import { type Entry, lasts, type SeatRole } from './member.ts';
import { encodePass, type PairKind } from './pass.ts';
import type { RosterMember } from './roster.ts';
import type { Seals } from './seals.ts';

/** How long we wait before we say something again, in ms. */
const AGAIN_MS = 3_000;
/** Answers to one person are no closer than this, in ms. */
const ANSWER_MS = 1_000;

/** A member of the roster whose blob we verified. */
export interface Peer extends RosterMember {
  role: SeatRole;
  /** Whether its key is one that outlives the tab; unless told, everybody's but guests'. */
  lasting?: boolean;
  commitment: Bytes;
}

export interface PairView {
  seat: string;
  /** The places of the words; null until both have revealed. */
  phrase: number[] | null;
  /** What we said, and what they said: the same, not the same, nothing yet. */
  mine: boolean | null;
  theirs: boolean | null;
  verified: boolean;
}

interface Pair {
  peer: Peer;
  phrase: number[] | null;
  mine: boolean | null;
  theirs: boolean | null;
  remembered: boolean;
  metAt: number;
  saidAt: number;
  answeredAt: number;
  keyGiven: boolean;
}

export interface PairPorts {
  now(): number;
  pass(to: string, body: Bytes): void;
  /** The transcript key, for a guest. */
  transcriptKey(key: Bytes): void;
  /** Whether these two people, by their Ed25519 keys, have found their phrase the same before. */
  remembered(mine: Bytes, theirs: Bytes): Promise<boolean>;
  remember(mine: Bytes, theirs: Bytes): void;
  /** One of them said that the phrases are not the same: what was remembered of this pair is void. */
  forget?(mine: Bytes, theirs: Bytes): void;
}

export class Pairs {
  private readonly pairs = new Map<string, Pair>();
  private key: Bytes | null = null;
  /** Whether we got the transcript key. */
  hasKey = false;

  constructor(
    private readonly me: { seat: string; role: SeatRole; lasting?: boolean; entry: Entry },
    private readonly seals: Seals,
    private readonly ports: PairPorts,
    private readonly alarms: Alarms,
  ) {}

  view(): PairView[] {
    return [...this.pairs.values()].map((pair) => {
      const { peer, phrase, mine, theirs } = pair;
      return { seat: peer.seat, phrase, mine, theirs, verified: pair.remembered || (phrase !== null && mine === true && theirs === true) };
    });
  }

  /** The others of a roster that we took: only now do we reveal, because now both are committed. */
  async meet(peers: readonly Peer[]): Promise<void> {
    for (const seat of [...this.pairs.keys()]) if (!peers.some((one) => one.seat === seat)) this.pairs.delete(seat);
    for (const peer of peers) {
      const old = this.pairs.get(peer.seat);
      if (old !== undefined && same(old.peer.x, peer.x) && same(old.peer.ed, peer.ed)) continue;
      const lasting = lasts(this.me) && lasts(peer);
      const remembered = lasting && (await this.ports.remembered(this.me.entry.signer.ed, peer.ed));
      const pair = { peer, phrase: null, mine: null, theirs: null, remembered, metAt: this.ports.now(), saidAt: 0, answeredAt: 0, keyGiven: false };
      this.pairs.set(peer.seat, pair);
      await this.say(pair);
    }
  }

  /** A pair that is over: its keys are no longer in the room. */
  forget(seat: string): void {
    this.pairs.delete(seat);
  }

  /** What this person says about the phrase. */
  async check(seat: string, isSame: boolean): Promise<void> {
    const pair = this.pairs.get(seat);
    if (pair === undefined || pair.phrase === null) return;
    pair.mine = isSame;
    this.settle(pair);
    await this.say(pair);
  }

  /** Doctor: the transcript key, for the guests there are and those who come. */
  async give(key: Bytes): Promise<void> {
    this.key = key;
    for (const pair of this.pairs.values()) await this.say(pair);
  }

  /** A guest asks again. */
  async again(seat: string): Promise<void> {
    const pair = this.pairs.get(seat);
    if (pair === undefined) return;
    pair.keyGiven = false;
    await this.answer(pair);
  }

  async received(kind: PairKind, seat: string, sealed: Bytes): Promise<void> {
    const pair = this.pairs.get(seat);
    if (pair === undefined) return;
    const plain = await this.seals.open(kind, pair.peer, sealed);
    if (plain === null) {
      // What was sealed for the tab we were before a reload may still come.
      if (this.ports.now() - pair.metAt > AGAIN_MS) this.alarms.raise('bad_seal', seat);
      return;
    }
    if (kind === 'reveal') return this.revealed(pair, plain);
    if (kind === 'checked') return this.checked(pair, plain);
    if (pair.peer.role !== 'doctor' || plain.length !== 32) return this.alarms.raise('bad_seal', seat);
    this.hasKey = true;
    this.ports.transcriptKey(plain);
  }

  /** Says again what has had no answer. */
  async tick(): Promise<void> {
    const now = this.ports.now();
    for (const pair of this.pairs.values()) {
      const open = pair.phrase === null || (pair.mine !== null && pair.theirs === null);
      if (open && now - pair.saidAt >= AGAIN_MS) await this.say(pair);
    }
  }

  private async revealed(pair: Pair, nonce: Bytes): Promise<void> {
    const { peer } = pair;
    const fits = nonce.length === 16 && same(await this.seals.nonceCommitment(nonce), peer.commitment);
    if (!fits) return this.alarms.raise('bad_nonce', peer.seat);
    if (pair.phrase !== null) return this.answer(pair);
    const { entry, seat } = this.me;
    pair.phrase = await this.seals.phrase({ seat, ed: entry.signer.ed, nonce: entry.nonce }, { seat: peer.seat, ed: peer.ed, nonce });
    await this.answer(pair);
  }

  private async checked(pair: Pair, plain: Bytes): Promise<void> {
    const isSame = plain.length === 1 && plain[0] === 1;
    const news = pair.theirs === null;
    // A no stays a no for this pair of keys: an old yes that comes again must not undo it.
    pair.theirs = pair.theirs === false ? false : isSame;
    if (!pair.theirs) this.alarms.raise('phrase_differs', pair.peer.seat);
    this.settle(pair);
    if (!news && pair.mine !== null) await this.answer(pair);
  }

  private settle(pair: Pair): void {
    if (pair.mine === false || pair.theirs === false) {
      pair.remembered = false;
      this.ports.forget?.(this.me.entry.signer.ed, pair.peer.ed);
    }
    const both = pair.phrase !== null && pair.mine === true && pair.theirs === true;
    const lasting = lasts(this.me) && lasts(pair.peer);
    if (both && lasting) this.ports.remember(this.me.entry.signer.ed, pair.peer.ed);
  }

  private async answer(pair: Pair): Promise<void> {
    const now = this.ports.now();
    if (now - pair.answeredAt < ANSWER_MS) return;
    pair.answeredAt = now;
    await this.say(pair);
  }

  /** Everything that this person should have from us. */
  private async say(pair: Pair): Promise<void> {
    pair.saidAt = this.ports.now();
    await this.send('reveal', pair.peer, this.me.entry.nonce);
    if (pair.mine !== null) await this.send('checked', pair.peer, Uint8Array.of(pair.mine ? 1 : 0));
    if (this.me.role === 'doctor' && !lasts(pair.peer) && this.key !== null && !pair.keyGiven) {
      pair.keyGiven = true;
      await this.send('key', pair.peer, this.key);
    }
  }

  private async send(kind: PairKind, to: Peer, plain: Bytes): Promise<void> {
    const sealed = await this.seals.seal(kind, to, plain);
    if (sealed !== null) this.ports.pass(to.seat, encodePass({ kind, sealed }));
  }
}
