/** Tries to seal the records of visits until there is an outcome, one at a time for each visit, and says how each stands. */
import { type ReadonlySignal, type Signal, signal } from '@preact/signals';

import type { Sealed } from './seal.ts';

/** Waits before the next try, in ms; the last repeats. */
export const AGAIN_MS = [2_000, 5_000, 15_000, 60_000] as const;

export type SealState = { kind: 'idle' } | { kind: 'sealing' } | { kind: 'waiting'; error: unknown } | Sealed;

/** Runs one visit's sealing until it has an outcome. */
export class Sealer {
  private readonly states = new Map<string, Signal<SealState>>();
  private readonly running = new Map<string, Promise<void>>();

  constructor(
    private readonly once: (visit: string) => Promise<Sealed>,
    private readonly wait: (ms: number) => Promise<void>,
    private readonly present: () => boolean = () => true,
  ) {}

  of(visit: string): ReadonlySignal<SealState> {
    return this.state(visit);
  }

  /** Seals the visit's record unless that is done or under way. Never throws. */
  seal(visit: string): Promise<void> {
    const state = this.state(visit).peek().kind;
    if (state === 'sealed' || state === 'empty') return Promise.resolve();
    const run = this.running.get(visit) ?? this.untilDone(visit).finally(() => this.running.delete(visit));
    this.running.set(visit, run);
    return run;
  }

  private state(visit: string): Signal<SealState> {
    const state = this.states.get(visit) ?? signal<SealState>({ kind: 'idle' });
    this.states.set(visit, state);
    return state;
  }

  private async untilDone(visit: string): Promise<void> {
    const state = this.state(visit);
    state.value = { kind: 'sealing' };
    for (let tries = 0; this.present(); tries += 1) {
      try {
        state.value = await this.once(visit);
        return;
      } catch (error) {
        state.value = { kind: 'waiting', error };
      }
      await this.wait(AGAIN_MS[tries] ?? AGAIN_MS[AGAIN_MS.length - 1] ?? 0);
    }
  }
}
