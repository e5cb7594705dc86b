/** The keys of a visit's people as this tab knows them: asked for once, and again when somebody shows one we don't know. */
import { type ReadonlySignal, signal } from '@preact/signals';

import type { VisitKeys } from '../keys.ts';
import type { Bytes } from '../seal/bytes.ts';
import { same } from '../seal/bytes.ts';
import type { SeatRole } from '../seal/member.ts';

/** A key that the server doesn't list is asked about at most this often, in ms. */
export const ASK_AGAIN_MS = 2_000;

/** Keys that wait for the clinic's log are looked up again this often, in ms. */
export const WAITING_MS = 10_000;

export interface RingPorts {
  now(): number;
  ofVisit(): Promise<VisitKeys>;
}

export class Ring {
  private readonly latest = signal<VisitKeys | null>(null);
  private asking: Promise<void> | null = null;
  private patientHadKeys = false;
  private askedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly ports: RingPorts) {}

  /** What the server listed last, as far as it could be checked; null before. */
  get of(): ReadonlySignal<VisitKeys | null> {
    return this.latest;
  }

  /**
   * The Ed25519 keys of the person in a seat of this role; null for whoever has none that last: guests, and a patient
   * without an account. Somebody who had keys in this tab, or whose keys were left out, is never taken for one without.
   */
  eds(role: SeatRole): readonly Bytes[] | null {
    const latest = this.latest.peek();
    if (role === 'guest' || (role === 'patient' && latest?.patient.length === 0 && !this.patientHadKeys)) return null;
    return (latest?.[role] ?? []).map((one) => one.edBytes);
  }

  has(role: SeatRole, ed: Bytes): boolean {
    return this.eds(role)?.some((one) => same(one, ed)) ?? true;
  }

  /** Asks the server; together with whoever is asking already. Fails like a request. */
  ask(): Promise<void> {
    this.asking ??= this.fetch().finally(() => {
      this.asking = null;
    });
    return this.asking;
  }

  /** The same, unless that was done a moment ago. */
  async askSometimes(): Promise<void> {
    if (this.asking === null && this.ports.now() - this.askedAt < ASK_AGAIN_MS) return;
    await this.ask();
  }

  /** Time goes on: a few times a second. */
  tick(): void {
    const waits = this.latest.peek()?.warnings.some(({ kind }) => kind === 'pending' || kind === 'late') === true;
    if (waits && this.asking === null && this.ports.now() - this.askedAt >= WAITING_MS) void this.ask().catch(() => undefined);
  }

  private async fetch(): Promise<void> {
    this.askedAt = this.ports.now();
    const found = await this.ports.ofVisit();
    this.patientHadKeys ||= found.patient.length > 0 || found.warnings.some((one) => one.side === 'patient');
    this.latest.value = found;
  }
}
