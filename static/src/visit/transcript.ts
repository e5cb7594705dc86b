/** The key of a visit's chat: made by the doctor, unwrapped by doctor and patient, given to guests; and wrapped for keys that come later. */
import { type ReadonlySignal, signal } from '@preact/signals';

import type { VisitKeys } from '../keys.ts';
import type { Bytes } from '../seal/bytes.ts';
import type { SeatRole } from '../seal/member.ts';
import { makeTranscriptKey } from '../seal/transcript.ts';
import type { Ring } from './ring.ts';

/** How often a key that is missing is looked for, in ms. Its wrap comes when somebody who has it sees our key. */
export const LOOK_MS = 3_000;

export interface TranscriptPorts {
  now(): number;
  /** Only the keys that may be given something. */
  told(of: VisitKeys): Promise<VisitKeys>;
  /** The key in our wraps; null when there is none for us. */
  open(of: VisitKeys): Promise<Bytes | null>;
  /** `already`: the visit has a key. */
  first(of: VisitKeys, key: Bytes): Promise<'kept' | 'already'>;
  /** Wraps it for live keys that have none. */
  add(of: VisitKeys, key: Bytes): Promise<void>;
  /** Here is the key. */
  found(key: Bytes): void;
}

export class Transcript {
  private readonly got = signal<Bytes | null>(null);
  /** The keys it is wrapped for, as far as we know; empty before we looked. */
  private wrapped = new Set<string>();
  private looking = false;
  private lookedAt = Number.NEGATIVE_INFINITY;
  private inside = false;

  constructor(private readonly role: SeatRole, private readonly ring: Ring, private readonly ports: TranscriptPorts) {}

  /** Null until we have it. */
  get key(): ReadonlySignal<Bytes | null> {
    return this.got;
  }

  /** We are in the room: the doctor makes the key when there is none. */
  entered(): Promise<void> {
    this.inside = true;
    return this.look();
  }

  /** A guest was given it by the doctor. */
  given(key: Bytes): void {
    if (this.role !== 'guest') return;
    this.take(key);
  }

  /** Time goes on. */
  tick(): void {
    if (this.ports.now() - this.lookedAt >= LOOK_MS && this.missing()) void this.look();
  }

  /** Looks for the key, and whether somebody else lacks it. What fails is tried again with the next tick. */
  async look(): Promise<void> {
    if (this.looking || this.role === 'guest') return;
    this.looking = true;
    this.lookedAt = this.ports.now();
    try {
      await this.ring.ask();
      await this.find();
      await this.share();
    } catch (error) {
      console.warn('the key of the chat could not be fetched or given yet', error);
    } finally {
      this.looking = false;
    }
  }

  private missing(): boolean {
    if (this.role === 'guest') return false;
    return this.got.peek() === null || this.lacking().length > 0;
  }

  private async find(): Promise<void> {
    const of = this.ring.of.peek();
    if (this.got.peek() !== null || of === null) return;
    const mine = await this.ports.open(of);
    if (mine !== null) this.take(mine);
    else if (this.inside && this.role === 'doctor') await this.make(of);
  }

  private async make(of: VisitKeys): Promise<void> {
    const key = makeTranscriptKey();
    const theirs = await this.ports.told(of);
    if ((await this.ports.first(theirs, key)) === 'kept') {
      this.wrapped = new Set(everyone(theirs));
      return this.take(key);
    }
    await this.ring.ask();
    const now = this.ring.of.peek();
    const there = now === null ? null : await this.ports.open(now);
    if (there !== null) this.take(there);
  }

  /** Gives the key to live keys that we have not seen it given to. */
  private async share(): Promise<void> {
    const [key, of] = [this.got.peek(), this.ring.of.peek()];
    if (key === null || of === null || !this.inside) return;
    const theirs = await this.ports.told(of);
    if (everyone(theirs).every((one) => this.wrapped.has(one))) return;
    await this.ports.add(theirs, key);
    this.wrapped = new Set(everyone(theirs));
  }

  private lacking(): string[] {
    const of = this.ring.of.peek();
    if (of === null || !this.inside) return [];
    return [...of.doctor, ...of.patient].filter((one) => !one.fresh && !this.wrapped.has(one.id)).map((one) => one.id);
  }

  private take(key: Bytes): void {
    this.got.value = key;
    this.ports.found(key);
  }
}

function everyone(of: VisitKeys): string[] {
  return [...of.doctor, ...of.patient].map((one) => one.id);
}
