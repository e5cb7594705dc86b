/** The epochs of a call as one browser lives them: who is in, whose frames it opens, and with which secret it seals its own. */
import { type Alarm, Alarms } from './alarm.ts';
import { type Bytes, hex, same } from './bytes.ts';
import { Hearing, type Taken, WANT_MS } from './hearing.ts';
import { Keyring, type KeyringPorts } from './keyring.ts';
import { type Entry, lasts, type SeatRole } from './member.ts';
import { Pairs, type PairPorts, type PairView, type Peer } from './pairs.ts';
import { decodePass, encodePass, type Pass } from './pass.ts';
import { inOrder, MAX_MEMBERS, nextEpoch, refuse, type RosterMember, sameMember, type SignedRoster } from './roster.ts';
import { Rotation, type RotationPorts, SWITCH_MS } from './rotation.ts';
import type { SeatIn, Seals } from './seals.ts';
import { Throttle } from './throttle.ts';

export { MISSING_MS, WANT_MS } from './hearing.ts';
export { SWITCH_MS } from './rotation.ts';

/** How long old keys still open frames after the switch that a join brings, in ms. */
export const OLD_JOIN_MS = 5_000;
/** The same after somebody left, in ms. Longer gives the one who left longer to pretend. */
export const OLD_LEAVE_MS = 1_000;
/** Who has no roster asks for one this often, and so often is one sent again, in ms. */
export const HELLO_MS = 1_000;
/** What is wrong with a roster may be a matter of order for so long, in ms. */
export const HOLD_MS = 3_000;
/** How far the doctor's clock may be behind, in ms. */
export const FAR_MS = 24 * 3_600_000;
/** How many rosters we remember, to tell a replay. */
const REMEMBERED = 64;

export interface EpochPorts extends KeyringPorts, PairPorts, RotationPorts {
  alarm(alarm: Alarm): void;
  /** Something that `view` shows may have changed. */
  changed(): void;
}

export interface Me {
  visit: string;
  seat: string;
  role: SeatRole;
  /** Whether our keys outlive the tab; unless told, those of everybody but guests. */
  lasting?: boolean;
  entry: Entry;
}

export interface EpochView {
  /** The epoch of the roster; 0 without one. */
  epoch: number;
  /** The epoch we send in; 0 when we send nothing. */
  sending: number;
  /** The others of the roster, and whether their frames can be opened. */
  members: { seat: string; keyed: boolean }[];
  pairs: PairView[];
}

export class Epochs {
  private readonly known = new Map<string, Peer & { blob: Bytes }>();
  private readonly mine: RosterMember;
  private readonly keys: Keyring;
  private readonly pairs: Pairs;
  private readonly rotation: Rotation;
  private readonly hearing: Hearing;
  private readonly throttle: Throttle;
  private readonly alarms: Alarms;
  private taken: Taken | null = null;
  /** Highest epoch we took, or heard of as the doctor. */
  private highest = 0;
  private held: { signed: Bytes; why: 'stale' | 'not_me' | 'unknown_member'; seat: string | null; since: number } | null = null;
  private readonly past: string[] = [];
  private startedAt: number;
  private queue: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(
    private readonly me: Me,
    private readonly seals: Seals,
    private readonly ports: EpochPorts,
  ) {
    this.mine = { seat: me.seat, x: me.entry.xPublic, ed: me.entry.signer.ed };
    this.alarms = new Alarms((alarm) => ports.alarm(alarm));
    this.keys = new Keyring(ports);
    this.pairs = new Pairs(me, seals, ports, this.alarms);
    this.rotation = new Rotation(me.seat, seals, ports);
    this.throttle = new Throttle(() => ports.now());
    const known = (seat: string) => this.known.has(seat);
    const hears = { now: () => ports.now(), pass: (to: string, body: Bytes) => ports.pass(to, body), known };
    this.hearing = new Hearing(me.seat, seals, this.keys, hears, this.alarms, this.throttle);
    this.startedAt = ports.now();
  }

  /** Who is in the room now, all of them (ourselves may be among them), each time it changes. */
  room(seats: readonly SeatIn[]): void {
    this.enqueue(() => this.seated(seats.filter((one) => one.seat !== this.me.seat)));
  }

  /** A pass that came. */
  pass(from: string, body: Bytes): void {
    this.enqueue(() => this.received(from, body));
  }

  /** Time goes on: call it a few times a second. */
  tick(): void {
    this.enqueue(() => this.ticked());
  }

  /** What this person says about the phrase with somebody. */
  check(seat: string, isSame: boolean): void {
    this.enqueue(() => this.pairs.check(seat, isSame));
  }

  /** Doctor: the transcript key, to be given to guests. */
  transcript(key: Bytes): void {
    this.enqueue(() => this.pairs.give(key));
  }

  /** Resolves when everything that was asked so far is done. */
  idle(): Promise<void> {
    return this.queue;
  }

  /** Forgets every secret. */
  close(): void {
    this.closed = true;
    this.rotation.close();
    this.keys.clear();
  }

  view(): EpochView {
    const roster = this.taken?.roster;
    const others = (roster?.members ?? []).filter((one) => one.seat !== this.me.seat);
    const epoch = roster?.epoch ?? 0;
    return { epoch, sending: this.rotation.sending, members: others.map(({ seat }) => ({ seat, keyed: this.keys.has(seat, epoch) })), pairs: this.pairs.view() };
  }

  private get host(): boolean {
    return this.me.role === 'doctor';
  }

  private enqueue(work: () => Promise<void>): void {
    this.queue = this.queue
      .then(async () => {
        if (this.closed) return;
        await work();
        this.ports.changed();
      })
      .catch(() => this.alarms.raise('failed'));
  }

  private async seated(seats: readonly SeatIn[]): Promise<void> {
    for (const seat of [...this.known.keys()]) if (!seats.some((one) => one.seat === seat)) this.gone(seat);
    for (const seat of seats) {
      const old = this.known.get(seat.seat);
      if (old !== undefined && same(old.blob, seat.blob) && old.role === seat.role) continue;
      if (old !== undefined) this.gone(seat.seat);
      const member = await this.seals.member(seat);
      if (member === null) this.alarms.raise('bad_member', seat.seat);
      else this.known.set(seat.seat, { seat: seat.seat, role: seat.role, lasting: seat.keys !== null, blob: seat.blob, ...member });
    }
    if (this.host) await this.renew();
    else await this.unhold();
  }

  private gone(seat: string): void {
    this.known.delete(seat);
    this.hearing.gone(seat);
    this.pairs.forget(seat);
  }

  /** Doctor: a new roster when the room is no longer the one in the roster. */
  private async renew(force = false): Promise<void> {
    const everyone = inOrder([this.mine, ...this.known.values()].map(({ seat, x, ed }) => ({ seat, x, ed })));
    if (everyone.length > MAX_MEMBERS) this.alarms.raise('too_many');
    const others = everyone.filter((one) => one.seat !== this.me.seat).slice(0, MAX_MEMBERS - 1);
    const members = inOrder([this.mine, ...others]);
    const now = this.taken?.roster.members ?? [];
    const unchanged = now.length === members.length && members.every((one, i) => sameMember(one, now[i] ?? this.mine) && now[i] !== undefined);
    if (unchanged && !force) return;
    const epoch = nextEpoch(this.highest, this.ports.now());
    const signed = await this.seals.signRoster({ visit: this.me.visit, epoch, members });
    const opened = await this.seals.openRoster(signed, [this.mine.ed]);
    if (opened === null) return this.alarms.raise('failed');
    for (const one of others) this.ports.pass(one.seat, encodePass({ kind: 'roster', signed }));
    await this.take(opened, signed);
  }

  private async received(from: string, body: Bytes): Promise<void> {
    let pass: Pass;
    try {
      pass = decodePass(body);
    } catch {
      return this.alarms.raise('malformed', from);
    }
    if (pass.kind === 'roster') return this.shown(pass.signed);
    if (pass.kind === 'secret') return this.hearing.handed(from, pass, this.taken);
    if (pass.kind === 'hello') return this.greeted(from, pass.epoch);
    if ('sealed' in pass) return this.pairs.received(pass.kind, from, pass.sealed);
    if (pass.epoch !== this.taken?.roster.epoch) return;
    if (pass.kind === 'ready') this.rotation.acknowledged(from);
    else if (this.throttle.may(`want ${from}`, HELLO_MS)) this.rotation.handOver(from);
  }

  private async shown(signed: Bytes): Promise<void> {
    if (this.host) return;
    const doctors = [...this.known.values()].filter((one) => one.role === 'doctor').map((one) => one.ed);
    if (doctors.length === 0) return this.hold(signed, 'unknown_member', null);
    const opened = await this.seals.openRoster(signed, doctors);
    if (opened === null) return this.alarms.raise('forged_roster');
    const { roster, hash } = opened;
    if (this.taken !== null && same(hash, this.taken.hash)) {
      if (this.held?.why === 'stale') this.held = null;
      return;
    }
    if (this.past.includes(hex(hash))) return this.alarms.raise('replayed_roster');
    const refusal = refuse(roster, { visit: this.me.visit, epoch: this.highest, me: this.mine, known: this.known });
    if (refusal === null) return this.take(opened, signed);
    if (refusal.why === 'wrong_visit') return this.alarms.raise('wrong_visit');
    this.hold(signed, refusal.why, refusal.seat);
  }

  /** A roster that may become right in a moment: what it speaks of is on its way. */
  private hold(signed: Bytes, why: 'stale' | 'not_me' | 'unknown_member', seat: string | null): void {
    const since = this.held?.why === why ? this.held.since : this.ports.now();
    if (this.held === null || this.held.why === 'stale' || why !== 'stale') this.held = { signed, why, seat, since };
    this.greet();
  }

  private async unhold(): Promise<void> {
    const held = this.held;
    if (held === null || held.why === 'stale') return;
    this.held = null;
    await this.shown(held.signed);
    // What is still wrong has been wrong since it was first seen.
    const again = this.held as typeof held | null;
    if (again !== null) again.since = held.since;
  }

  /** Takes a roster: a new epoch begins. */
  private async take(opened: SignedRoster, signed: Bytes): Promise<void> {
    const before = this.taken?.roster.members ?? [];
    const { roster, hash } = opened;
    const now = this.ports.now();
    const left = before.filter((old) => !roster.members.some((one) => sameMember(one, old)));
    this.past.push(hex(hash));
    if (this.past.length > REMEMBERED) this.past.shift();
    this.taken = { ...opened, signed, at: now };
    this.highest = roster.epoch;
    this.held = null;
    this.alarms.reset();
    for (const one of left) this.keys.drop(one.seat);
    this.keys.retire(roster.epoch, now + (left.length > 0 ? OLD_LEAVE_MS : SWITCH_MS + OLD_JOIN_MS));
    await this.rotation.begin(opened, left.length > 0);
    const peers = roster.members.map((one) => this.known.get(one.seat)).filter((one) => one !== undefined);
    await this.pairs.meet(peers);
    await this.hearing.openEarly(this.taken);
  }

  /** Doctor: somebody has no roster, or one that is newer than ours. */
  private async greeted(from: string, epoch: number): Promise<void> {
    if (!this.host || this.taken === null || !this.known.has(from)) return;
    if (epoch > this.ports.now() + FAR_MS) return this.alarms.raise('far_epoch', from);
    // Of our age and without its secret: perhaps from before we came back, and then ours looks old to them.
    if (epoch > this.highest || (epoch === this.highest && !this.keys.has(from, epoch) && this.throttle.may('renew', HELLO_MS))) {
      this.highest = epoch;
      return this.renew(true);
    }
    if (!this.throttle.may(`hello ${from}`, HELLO_MS)) return;
    this.ports.pass(from, encodePass({ kind: 'roster', signed: this.taken.signed }));
    await this.pairs.again(from);
  }

  /** Asks the doctor for the roster, or as one who has none for all that a newcomer gets. */
  private greet(epoch = this.highest): void {
    if (this.host || !this.throttle.may('greet', HELLO_MS)) return;
    for (const one of this.known.values()) {
      if (one.role === 'doctor') this.ports.pass(one.seat, encodePass({ kind: 'hello', epoch }));
    }
  }

  private async ticked(): Promise<void> {
    const now = this.ports.now();
    this.keys.expire(now);
    this.rotation.tick(now);
    if (this.held !== null && now - this.held.since >= HOLD_MS) this.suspect(this.held);
    if (this.taken === null ? now - this.startedAt >= HELLO_MS : this.held !== null) this.greet();
    if (!lasts(this.me) && !this.pairs.hasKey && this.taken !== null && this.throttle.may('ask for the key', WANT_MS)) this.greet(0);
    this.chase();
    await this.pairs.tick();
  }

  private suspect(held: NonNullable<typeof this.held>): void {
    this.alarms.raise(held.why === 'stale' ? 'replayed_roster' : held.why, held.seat);
  }

  /** Asks for what is missing; who has not shown that they took the doctor's roster gets it again. */
  private chase(): void {
    const { taken } = this;
    if (taken === null) return;
    const silent = this.hearing.chase(taken);
    if (!this.host || this.ports.now() - taken.at < HELLO_MS) return;
    for (const seat of silent) {
      if (this.throttle.may(`roster ${seat}`, HELLO_MS)) this.ports.pass(seat, encodePass({ kind: 'roster', signed: taken.signed }));
    }
  }
}
