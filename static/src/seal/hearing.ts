/** The secrets of the others: taken when they open, kept for a moment when they come early, asked for when they don't come. */
import type { Alarms } from './alarm.ts';
import type { Bytes } from './bytes.ts';
import type { Keyring } from './keyring.ts';
import { encodePass, type Pass } from './pass.ts';
import { MAX_MEMBERS, type SignedRoster } from './roster.ts';
import type { Seals } from './seals.ts';
import type { Throttle } from './throttle.ts';

/** A secret that is missing for so long is asked for, in ms. */
export const WANT_MS = 3_000;
/** A secret that is missing for so long is an alarm, in ms. */
export const MISSING_MS = 10_000;

type Secret = Extract<Pass, { kind: 'secret' }>;

/** A roster that we took. */
export interface Taken extends SignedRoster {
  signed: Bytes;
  /** When, ms. */
  at: number;
}

export interface HearingPorts {
  now(): number;
  pass(to: string, body: Bytes): void;
  /** Whether the blob of this seat is one we verified, and still in the room. */
  known(seat: string): boolean;
}

export class Hearing {
  private readonly early = new Map<string, Secret>();
  /** Since when we have not had the secret of a seat, over epochs. */
  private readonly missing = new Map<string, number>();

  constructor(
    private readonly seat: string,
    private readonly seals: Seals,
    private readonly keys: Keyring,
    private readonly ports: HearingPorts,
    private readonly alarms: Alarms,
    private readonly throttle: Throttle,
  ) {}

  gone(seat: string): void {
    this.keys.drop(seat);
    this.early.delete(seat);
    this.missing.delete(seat);
  }

  /** Somebody's secret. */
  async handed(from: string, pass: Secret, taken: Taken | null): Promise<void> {
    const epoch = taken?.roster.epoch ?? 0;
    if (pass.epoch > epoch) {
      if (this.early.size < MAX_MEMBERS || this.early.has(from)) this.early.set(from, pass);
      return;
    }
    if (taken === null) return;
    if (pass.epoch < epoch) return this.late(from, taken);
    const member = taken.roster.members.find((one) => one.seat === from);
    if (member === undefined || from === this.seat) return this.alarms.raise('forged_secret', from);
    if (!this.ports.known(from)) return;
    const secret = await this.seals.unwrap(member, epoch, taken.hash, pass.wrap);
    if (secret === null) return this.alarms.raise('forged_secret', from);
    if (this.keys.add(from, epoch, secret) === 'differs') return this.alarms.raise('changed_secret', from);
    this.missing.delete(from);
    this.ports.pass(from, encodePass({ kind: 'ready', epoch }));
  }

  /** What came before its roster. */
  async openEarly(taken: Taken): Promise<void> {
    for (const [seat, pass] of [...this.early]) {
      if (pass.epoch > taken.roster.epoch) continue;
      this.early.delete(seat);
      await this.handed(seat, pass, taken);
    }
  }

  /** Asks for what is missing; gives the seats from which nothing has come in this epoch. */
  chase({ roster: { epoch, members }, at }: Taken): string[] {
    const now = this.ports.now();
    const silent = members.map((one) => one.seat).filter((seat) => seat !== this.seat && this.ports.known(seat) && !this.keys.has(seat, epoch));
    for (const seat of silent) {
      const since = this.missing.get(seat) ?? at;
      this.missing.set(seat, since);
      if (now - at >= WANT_MS && this.throttle.may(`ask ${seat}`, WANT_MS)) this.ports.pass(seat, encodePass({ kind: 'want', epoch }));
      if (now - since >= MISSING_MS) this.alarms.raise('missing_secret', seat);
    }
    return silent;
  }

  /** A secret of an epoch that is over: soon after a roster that is a matter of order, later it is a replay. */
  private late(from: string, taken: Taken): void {
    if (this.ports.now() - taken.at > MISSING_MS) this.alarms.raise('replayed_secret', from);
  }
}
