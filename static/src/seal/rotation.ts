/** Our own secret of each epoch: handed to every other member first, and only then what our frames are sealed with. */
import type { Bytes } from './bytes.ts';
import { encodePass } from './pass.ts';
import type { SignedRoster } from './roster.ts';
import type { Seals } from './seals.ts';

/** How long a sender waits for everybody to be ready after a join, in ms. Longer delays the first frame for the one who came. */
export const SWITCH_MS = 1_500;

export interface RotationPorts {
  /** ms since 1970. */
  now(): number;
  pass(to: string, body: Bytes): void;
  /** Seal our frames with this from the next frame on, and begin with a key frame. */
  sendKey(epoch: number, secret: Bytes): void;
  /** Send nothing until the next `sendKey`. */
  mute(): void;
}

export class Rotation {
  /** The epoch we send in; 0 while we send nothing. */
  sending = 0;
  private epoch = 0;
  private secret: Bytes | null = null;
  private readonly wraps = new Map<string, Bytes>();
  /** A join's switch that waits for these. */
  private switching: { by: number; waiting: Set<string> } | null = null;

  constructor(
    private readonly seat: string,
    private readonly seals: Seals,
    private readonly ports: RotationPorts,
  ) {}

  /** A new epoch. When somebody left we fall silent until the new secret has gone out; else we go on as before until all are ready. */
  async begin({ roster, hash }: SignedRoster, somebodyLeft: boolean): Promise<void> {
    const others = roster.members.filter((one) => one.seat !== this.seat);
    const atOnce = somebodyLeft || this.sending === 0 || others.length === 0;
    if (atOnce) this.mute();
    const secret = this.seals.secret();
    this.secret?.fill(0);
    this.secret = secret;
    this.epoch = roster.epoch;
    this.wraps.clear();
    for (const one of others) {
      const wrap = await this.seals.wrap(one, roster.epoch, hash, secret);
      if (wrap !== null) this.wraps.set(one.seat, wrap);
    }
    for (const one of others) this.handOver(one.seat);
    const by = Math.min(this.switching?.by ?? Number.POSITIVE_INFINITY, this.ports.now() + SWITCH_MS);
    this.switching = { by, waiting: new Set(others.map((one) => one.seat)) };
    if (atOnce) this.change();
  }

  /** A member can open our frames of this epoch. */
  acknowledged(seat: string): void {
    this.switching?.waiting.delete(seat);
    if (this.switching?.waiting.size === 0) this.change();
  }

  /** Sends a member our secret, again too. The same bytes each time: a key is never used for two secrets. */
  handOver(seat: string): void {
    const wrap = this.wraps.get(seat);
    if (wrap !== undefined) this.ports.pass(seat, encodePass({ kind: 'secret', epoch: this.epoch, wrap }));
  }

  tick(now: number): void {
    if (this.switching !== null && now >= this.switching.by) this.change();
  }

  /** Nothing is sent, and the secret is forgotten. */
  close(): void {
    this.mute();
    this.secret?.fill(0);
    this.secret = null;
    this.switching = null;
  }

  private mute(): void {
    this.sending = 0;
    this.ports.mute();
  }

  /** Our frames are of the new epoch from here on. */
  private change(): void {
    this.switching = null;
    if (this.secret === null) return;
    this.sending = this.epoch;
    this.ports.sendKey(this.epoch, this.secret.slice());
  }
}
