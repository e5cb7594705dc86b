/** What the worker does with frames: which key for which, what is dropped, and how it went. Knows no worker and no connection. */
import type { Bytes } from './bytes.ts';
import { baseKey, type FrameFailure, FrameOpener, FrameSealer, type Kind, kidOf, kidOfFrame } from './sframe.ts';

/** A failure that goes on for so long is told, in ms. */
export const TROUBLE_MS = 3_000;
/** Key frames are asked for no more often than this per slot, in ms. */
export const ASK_MS = 1_000;
/** Frames whose times are kept for the figures. */
const SAMPLES = 2_048;

export type Direction = 'send' | 'receive';
const KINDS: readonly Kind[] = ['audio', 'video'];

/** Why a frame went nowhere: `muted`: we have no key to send with; `unbound`: nobody sits in this slot; the rest is a failure to open. */
export type Dropped = FrameFailure | 'muted' | 'unbound';

export interface Figures {
  /** Frames that went through. */
  frames: number;
  /** Frames that were dropped, by reason. */
  dropped: Partial<Record<Dropped, number>>;
  /** Bytes that sealing adds to a frame, smallest, largest and on average. */
  trailer: { min: number; max: number; mean: number };
  /** Time in the worker per frame, in ms, over the last frames. */
  p50: number;
  p99: number;
}

export type Counters = Record<Direction, Record<Kind, Figures>>;

/** A seat whose frames don't open (any more), or do again. */
export interface Trouble {
  seat: string;
  kind: Kind;
  failing: boolean;
}

export interface PipePorts {
  /** ms, steadily growing. */
  now(): number;
  trouble(trouble: Trouble): void;
}

/** The figures of one kind and direction. */
class Tally {
  private frames = 0;
  private readonly dropped: Partial<Record<Dropped, number>> = {};
  private readonly times = new Float64Array(SAMPLES);
  private added = 0;
  private min = Number.POSITIVE_INFINITY;
  private max = 0;

  passed(ms: number, trailer: number): void {
    this.times[this.frames % SAMPLES] = ms;
    this.frames += 1;
    this.added += trailer;
    this.min = Math.min(this.min, trailer);
    this.max = Math.max(this.max, trailer);
  }

  drop(why: Dropped): void {
    this.dropped[why] = (this.dropped[why] ?? 0) + 1;
  }

  figures(): Figures {
    const times = this.times.slice(0, Math.min(this.frames, SAMPLES)).sort();
    const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
    const none = this.frames === 0;
    const trailer = { min: none ? 0 : this.min, max: this.max, mean: none ? 0 : this.added / this.frames };
    return { frames: this.frames, dropped: { ...this.dropped }, trailer, p50: at(0.5), p99: at(0.99) };
  }
}

interface OpenerKept {
  epoch: number;
  opener: FrameOpener;
}

interface Failing {
  since: number;
  told: boolean;
}

/** One slot in which frames of others come. */
interface Slot {
  kind: Kind;
  seat: string | null;
  askedAt: number;
  /** Asks the sender for a key frame. */
  ask: (() => void) | null;
}

export class Pipes {
  private sealers: Record<Kind, FrameSealer> | null = null;
  /** Grows with every change of the key we send with: a slow derivation must not undo a later change. */
  private turn = 0;
  private readonly openers = new Map<string, Map<number, OpenerKept>>();
  private readonly slots = new Map<string, Slot>();
  private readonly waiting = new Map<string, string | null>();
  private readonly failing = new Map<string, Failing>();
  private readonly starters = new Set<() => void>();
  private readonly tallies: Record<Direction, Record<Kind, Tally>> = {
    send: { audio: new Tally(), video: new Tally() },
    receive: { audio: new Tally(), video: new Tally() },
  };
  /** How often we fell silent: a frame that was under way then must not come after. */
  private silences = 0;

  constructor(private readonly ports: PipePorts) {}

  /** Nothing is sent from now on. */
  mute(): void {
    this.turn += 1;
    this.silences += 1;
    this.sealers = null;
  }

  async sendKey(epoch: number, secret: Bytes): Promise<void> {
    this.turn += 1;
    const turn = this.turn;
    const [audio, video] = await Promise.all(KINDS.map(async (kind) => FrameSealer.of(kind, await baseKey(secret, kind), kidOf(epoch))));
    secret.fill(0);
    if (turn !== this.turn || audio === undefined || video === undefined) return;
    this.sealers = { audio, video };
    for (const start of this.starters) start();
  }

  async receiveKey(seat: string, epoch: number, secret: Bytes): Promise<void> {
    for (const kind of KINDS) {
      const opener = await FrameOpener.of(kind, await baseKey(secret, kind), kidOf(epoch));
      const kept = this.openers.get(`${seat} ${kind}`) ?? new Map<number, OpenerKept>();
      kept.set(kidOf(epoch), { epoch, opener });
      this.openers.set(`${seat} ${kind}`, kept);
    }
    secret.fill(0);
    for (const slot of this.slots.values()) if (slot.seat === seat && slot.kind === 'video') this.ask(slot);
  }

  dropKey(seat: string, epoch: number): void {
    for (const kind of KINDS) {
      const kept = this.openers.get(`${seat} ${kind}`);
      if (kept?.get(kidOf(epoch))?.epoch === epoch) kept.delete(kidOf(epoch));
    }
  }

  /** Who sits in a slot now. */
  bind(id: string, seat: string | null): void {
    const slot = this.slots.get(id);
    if (slot === undefined) this.waiting.set(id, seat);
    else {
      const changed = slot.seat !== seat;
      slot.seat = seat;
      // Before there is a key, asking would only use up our turn: it is done when the key comes.
      if (changed && seat !== null && slot.kind === 'video' && this.openers.has(`${seat} video`)) this.ask(slot);
    }
  }

  /** A new slot. `ask` asks its sender for a key frame. */
  open(id: string, kind: Kind, ask: (() => void) | null): void {
    this.slots.set(id, { kind, seat: this.waiting.get(id) ?? null, askedAt: Number.NEGATIVE_INFINITY, ask });
    this.waiting.delete(id);
  }

  close(id: string): void {
    this.slots.delete(id);
  }

  /** A video sender: `start` makes it begin anew with a key frame. Gives what undoes this. */
  starts(start: () => void): () => void {
    this.starters.add(start);
    return () => this.starters.delete(start);
  }

  /** A frame of ours; null when it must not go out. */
  async seal(kind: Kind, frame: Bytes): Promise<Bytes | null> {
    const tally = this.tallies.send[kind];
    const began = this.ports.now();
    const { sealers, silences } = this;
    if (sealers === null) {
      tally.drop('muted');
      return null;
    }
    const sealed = await sealers[kind].seal(frame);
    if (silences !== this.silences) {
      tally.drop('muted');
      return null;
    }
    tally.passed(this.ports.now() - began, sealed.length - frame.length);
    return sealed;
  }

  /** A frame of somebody else's; null when it doesn't open. */
  async unseal(id: string, sealed: Bytes): Promise<Bytes | null> {
    const slot = this.slots.get(id);
    if (slot === undefined) return null;
    const { kind, seat } = slot;
    const tally = this.tallies.receive[kind];
    const began = this.ports.now();
    if (seat === null) {
      tally.drop('unbound');
      return null;
    }
    const opener = this.openers.get(`${seat} ${kind}`)?.get(kidOfFrame(kind, sealed) ?? -1)?.opener;
    const opened = opener === undefined ? ({ failure: 'key' } as const) : await opener.open(sealed);
    if ('frame' in opened) {
      tally.passed(this.ports.now() - began, sealed.length - opened.frame.length);
      this.well(seat, kind);
      return opened.frame;
    }
    tally.drop(opened.failure);
    this.failed(slot, seat, opened.failure, opener !== undefined);
    return null;
  }

  counters(): Counters {
    const of = (direction: Direction) => ({ audio: this.tallies[direction].audio.figures(), video: this.tallies[direction].video.figures() });
    return { send: of('send'), receive: of('receive') };
  }

  private well(seat: string, kind: Kind): void {
    const failing = this.failing.get(`${seat} ${kind}`);
    if (failing === undefined) return;
    this.failing.delete(`${seat} ${kind}`);
    if (failing.told) this.ports.trouble({ seat, kind, failing: false });
  }

  private failed(slot: Slot, seat: string, why: FrameFailure, keyed: boolean): void {
    const { kind } = slot;
    if (why === 'replay') return;
    // Without a key a key frame would not help.
    if (keyed && kind === 'video') this.ask(slot);
    const now = this.ports.now();
    const failing = this.failing.get(`${seat} ${kind}`) ?? { since: now, told: false };
    this.failing.set(`${seat} ${kind}`, failing);
    if (failing.told || now - failing.since < TROUBLE_MS) return;
    failing.told = true;
    this.ports.trouble({ seat, kind, failing: true });
  }

  private ask(slot: Slot): void {
    const now = this.ports.now();
    if (slot.ask === null || now - slot.askedAt < ASK_MS) return;
    slot.askedAt = now;
    slot.ask();
  }
}
