/** What a visit's page knows of its sealing: how far it is, who was checked, and what is wrong. Makes the sealing of each join. */
import { computed, signal } from '@preact/signals';

import type { KeyWarning } from '../keys.ts';
import type { Alarm } from '../seal/alarm.ts';
import type { Bytes } from '../seal/bytes.ts';
import type { EpochView } from '../seal/epochs.ts';
import type { SeatRole, Signer } from '../seal/member.ts';
import type { PairView } from '../seal/pairs.ts';
import type { Trouble } from '../seal/pipes.ts';
import type { SeatView } from '../wire.ts';
import { CallSeal, type FrameKeys } from './call-seal.ts';
import type { Ring } from './ring.ts';

/** How far the sealing of the call is. */
export type Mark =
  /** Nobody else is here. */
  | 'alone'
  /** The doctor, without whom there is no list of who may hear, is not here, and there is none yet. */
  | 'no_doctor'
  /** Keys are on their way. */
  | 'securing'
  /** Everybody's sound and picture is sealed; not everybody was compared. */
  | 'sealed'
  /** And everybody's phrase was found the same. */
  | 'verified'
  /** Something is not as it should be. */
  | 'warning';

/** What seals frames: the keys side. The other side is the connection's. */
export interface ShieldPorts<F extends FrameKeys> {
  now(): number;
  pass(to: string, body: string): void;
  /** The frames of one connection. */
  frames(on: { trouble(trouble: Trouble): void; failed(): void }): F;
  /** Our keys; null when they can't be used here. */
  signer(): Promise<Signer | null>;
  /** The sealing broke: our seat must be taken anew. */
  broken(): void;
  transcriptKey(key: Bytes): void;
  guest(seat: string, ed: Bytes): void;
  remembered(mine: Bytes, theirs: Bytes): Promise<boolean>;
  remember(mine: Bytes, theirs: Bytes): void;
}

/** What one join brings: its frames, and its keys. */
export interface Guard<F extends FrameKeys> {
  frames: F;
  seal: CallSeal;
  /** What `join` carries; null when our keys can't be used here. */
  blob: Promise<string | null>;
}

function alike(one: Alarm, other: Alarm): boolean {
  return one.kind === other.kind && one.seat === other.seat;
}

export class Shield<F extends FrameKeys> {
  readonly view = signal<EpochView | null>(null);
  readonly alarms = signal<readonly Alarm[]>([]);
  /** Seats whose frames come and don't open. */
  readonly troubled = signal<ReadonlySet<string>>(new Set());
  readonly present = signal<readonly SeatView[]>([]);
  readonly mark = computed<Mark>(() => this.judge());
  readonly warnings = computed<readonly KeyWarning[]>(() => this.ring.of.value?.warnings ?? []);
  private seal: CallSeal | null = null;
  private seat: string | null = null;
  private transcript: Bytes | null = null;

  constructor(
    private readonly visit: string,
    readonly role: SeatRole,
    private readonly ring: Ring,
    private readonly ports: ShieldPorts<F>,
    /** Whether our keys outlive the tab. */
    private readonly lasting = role !== 'guest',
  ) {}

  /** Makes the sealing of a join. `keyed` is called when there is a key to send with. */
  guard(keyed: () => void): Guard<F> {
    const { ports } = this;
    const frames = ports.frames({ trouble: (one) => this.trouble(one), failed: () => ports.broken() });
    const seal: CallSeal = new CallSeal(this.visit, this.role, this.ring, frames, {
      now: ports.now,
      pass: ports.pass,
      keyed,
      alarm: (alarm) => this.alarm(seal, alarm),
      changed: () => this.changed(seal),
      transcriptKey: ports.transcriptKey,
      guest: ports.guest,
      remembered: ports.remembered,
      remember: ports.remember,
    }, this.lasting);
    const blob = ports.signer().then((signer) => (signer === null ? null : seal.prepare(signer)));
    blob.catch(() => undefined);
    return { frames, seal, blob };
  }

  /** The seat is ours, with this sealing. */
  joined(seal: CallSeal, seat: string, seats: readonly SeatView[]): void {
    this.seal = seal;
    this.seat = seat;
    this.troubled.value = new Set();
    if (this.transcript !== null) seal.transcript(this.transcript);
    seal.begin(seat);
    this.room(seats);
  }

  /** Who has a seat, each time something about it changes. */
  room(seats: readonly SeatView[]): void {
    const before = this.present.peek();
    const present = seats.filter((one) => one.standing === 'admitted' && one.here && one.id !== this.seat);
    const renewed = new Set(before.filter((old) => present.find((one) => one.id === old.id)?.key !== old.key).map((one) => one.id));
    if (renewed.size > 0) this.alarms.value = this.alarms.peek().filter((one) => one.seat === null || !renewed.has(one.seat));
    this.present.value = present;
    this.seal?.room(seats);
  }

  passed(from: string, body: string): void {
    this.seal?.passed(from, body);
  }

  tick(): void {
    this.ring.tick();
    this.seal?.tick();
  }

  check(seat: string, isSame: boolean): void {
    this.seal?.check(seat, isSame);
  }

  /** The doctor has the transcript key: guests get it in this call and every later one. */
  give(key: Bytes): void {
    this.transcript = key;
    this.seal?.transcript(key);
  }

  pair(seat: string): PairView | null {
    return this.view.value?.pairs.find((one) => one.seat === seat) ?? null;
  }

  /** The person has read it. */
  dismiss(alarm: Alarm): void {
    this.alarms.value = this.alarms.value.filter((one) => !alike(one, alarm));
  }

  /** The call is over for us. */
  left(): void {
    this.seal = null;
    this.view.value = null;
    this.present.value = [];
    this.troubled.value = new Set();
  }

  private judge(): Mark {
    const [view, present] = [this.view.value, this.present.value];
    const wrong = view?.pairs.some((one) => one.mine === false || one.theirs === false) ?? false;
    if (wrong || this.alarms.value.length > 0) return 'warning';
    if (present.length === 0) return 'alone';
    if (view === null || view.epoch === 0) {
      return this.role === 'doctor' || present.some((one) => one.role === 'doctor') ? 'securing' : 'no_doctor';
    }
    const keyed = (seat: string): boolean => view.members.some((one) => one.seat === seat && one.keyed);
    if (view.sending === 0 || !present.every((one) => keyed(one.id))) return 'securing';
    return present.every((one) => view.pairs.some((pair) => pair.seat === one.id && pair.verified)) ? 'verified' : 'sealed';
  }

  private alarm(seal: CallSeal, alarm: Alarm): void {
    if (seal !== this.seal || this.alarms.peek().some((one) => alike(one, alarm))) return;
    this.alarms.value = [...this.alarms.peek(), alarm];
  }

  private changed(seal: CallSeal): void {
    if (seal !== this.seal) return;
    const view = seal.view();
    this.view.value = view;
    const found = new Set(view?.members.filter((one) => one.keyed).map((one) => one.seat) ?? []);
    const late = (one: Alarm): boolean => one.kind === 'missing_secret' && one.seat !== null && found.has(one.seat);
    if (this.alarms.peek().some(late)) this.alarms.value = this.alarms.peek().filter((one) => !late(one));
  }

  private trouble({ seat, kind, failing }: Trouble): void {
    const next = new Set(this.troubled.peek());
    if (failing) next.add(`${seat} ${kind}`);
    else next.delete(`${seat} ${kind}`);
    this.troubled.value = next;
  }
}
