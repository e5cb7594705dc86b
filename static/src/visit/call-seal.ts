/** The sealing of one join: its keys, its epochs, and the frames of its connection. A new join has a new one. */
import type { Alarm } from '../seal/alarm.ts';
import { BadBytes, type Bytes, base64url, fromBase64url } from '../seal/bytes.ts';
import { Epochs, type EpochView } from '../seal/epochs.ts';
import { enter, type Entry, readMember, type SeatRole, type Signer } from '../seal/member.ts';
import { type SeatIn, sealsOf } from '../seal/seals.ts';
import type { SeatView } from '../wire.ts';
import { ASK_AGAIN_MS, type Ring } from './ring.ts';

/** The keys of frames: {@link Frames} in the app. */
export interface FrameKeys {
  sendKey(epoch: number, secret: Bytes): void;
  mute(): void;
  receiveKey(seat: string, epoch: number, secret: Bytes): void;
  dropKey(seat: string, epoch: number): void;
  close(): void;
}

export interface CallSealPorts {
  /** ms since 1970. */
  now(): number;
  /** Passes this on to a seat (base64url). */
  pass(to: string, body: string): void;
  /** There is a key to send with. */
  keyed(): void;
  alarm(alarm: Alarm): void;
  /** What {@link CallSeal.view} says may be new. */
  changed(): void;
  transcriptKey(key: Bytes): void;
  /** The key of a guest, or of a patient without an account, verified to be the one they joined with. */
  guest(seat: string, ed: Bytes): void;
  remembered(mine: Bytes, theirs: Bytes): Promise<boolean>;
  remember(mine: Bytes, theirs: Bytes): void;
}

/** Where a blob has its Ed25519 key. */
const ED = { from: 33, to: 65 } as const;

function bytesOf(body: string): Bytes | null {
  try {
    return fromBase64url(body);
  } catch (error) {
    if (error instanceof BadBytes) return null;
    throw error;
  }
}

export class CallSeal {
  private entry: Entry | null = null;
  private epochs: Epochs | null = null;
  private seats: readonly SeatView[] = [];
  private pending: Bytes | null = null;
  /** When we last looked at somebody whose key we don't know, ms; null when there is nobody. */
  private puzzled: number | null = null;
  /** What was joined with by people whom the server knows no keys of, even when asked again. */
  private readonly keyless = new Set<string>();
  private closed = false;

  constructor(
    private readonly visit: string,
    private readonly role: SeatRole,
    private readonly ring: Ring,
    private readonly frames: FrameKeys,
    private readonly ports: CallSealPorts,
    /** Whether our keys outlive the tab. */
    private readonly lasting = role !== 'guest',
  ) {}

  /** Makes the keys of this join; what `join` carries (base64url). */
  async prepare(signer: Signer): Promise<string> {
    this.entry = await enter(this.visit, this.role, signer);
    return base64url(this.entry.blob);
  }

  /** The seat is ours: epochs begin. */
  begin(seat: string): void {
    const { entry, frames, ports, visit, role, lasting } = this;
    if (entry === null || this.epochs !== null || this.closed) return;
    this.epochs = new Epochs({ visit, seat, role, lasting, entry }, sealsOf(visit, seat, entry), {
      now: ports.now,
      pass: (to, body) => ports.pass(to, base64url(body)),
      sendKey: (epoch, secret) => {
        frames.sendKey(epoch, secret);
        ports.keyed();
      },
      mute: () => frames.mute(),
      receiveKey: (from, epoch, secret) => frames.receiveKey(from, epoch, secret),
      dropKey: (from, epoch) => frames.dropKey(from, epoch),
      alarm: ports.alarm,
      changed: ports.changed,
      transcriptKey: ports.transcriptKey,
      remembered: ports.remembered,
      remember: ports.remember,
    });
    if (this.pending !== null) this.epochs.transcript(this.pending);
  }

  /** Who is in the visit now. A key we don't know is asked about before it is taken for a wrong one. */
  room(seats: readonly SeatView[]): void {
    this.seats = seats.filter((one) => one.standing === 'admitted' && one.here && one.key !== null);
    const strangers = this.seats.filter((one) => !this.known(one));
    this.show(this.seats.filter((one) => !strangers.includes(one)));
    this.puzzled = strangers.length === 0 ? null : this.ports.now();
    if (strangers.length === 0) return;
    const settle = (): void => {
      for (const { role, key } of strangers) if (key !== null && this.ring.eds(role) === null) this.keyless.add(key);
      this.show(this.seats);
    };
    this.ring.askSometimes().catch(() => undefined).then(settle, () => undefined);
  }

  passed(from: string, body: string): void {
    const bytes = bytesOf(body);
    // What can't even be decoded is shown to the epochs as what it is: a pass without a kind.
    this.epochs?.pass(from, bytes ?? new Uint8Array());
  }

  /** Time goes on: a few times a second. */
  tick(): void {
    if (this.puzzled !== null && this.ports.now() - this.puzzled >= ASK_AGAIN_MS) this.room(this.seats);
    this.epochs?.tick();
  }

  /** What this person says about the phrase with somebody. */
  check(seat: string, isSame: boolean): void {
    this.epochs?.check(seat, isSame);
  }

  /** Doctor: the transcript key, for guests. */
  transcript(key: Bytes): void {
    this.pending = key;
    this.epochs?.transcript(key);
  }

  view(): EpochView | null {
    return this.epochs?.view() ?? null;
  }

  /** Resolves when everything that was asked so far is done. */
  async idle(): Promise<void> {
    await this.epochs?.idle();
  }

  /** Forgets every key. */
  close(): void {
    this.closed = true;
    this.epochs?.close();
    this.epochs = null;
    this.frames.close();
  }

  private known({ role, key }: SeatView): boolean {
    const blob = key === null ? null : bytesOf(key);
    if (key === null || blob === null || role === 'guest') return true;
    // A patient without keys is one who came by a link, or one whose first keys the server has got since we asked.
    return this.ring.eds(role) === null ? this.keyless.has(key) : this.ring.has(role, blob.slice(ED.from, ED.to));
  }

  private show(seats: readonly SeatView[]): void {
    const shown = seats.map(({ id, role, key }): SeatIn => (
      { seat: id, role, blob: bytesOf(key ?? '') ?? new Uint8Array(), keys: this.ring.eds(role) }));
    this.epochs?.room(shown);
    for (const one of shown) if (one.keys === null) void this.meet(one);
  }

  private async meet({ seat, role, blob }: SeatIn): Promise<void> {
    const member = await readMember(blob, this.visit, role, null);
    if (member !== null && !this.closed) this.ports.guest(seat, member.ed);
  }
}
