/** Sees to it that visits that have ended get their record: tries until it is done, and says how it stands. */
import { type ReadonlySignal, type Signal, signal } from '@preact/signals';

import { api } from './api.ts';
import { keys } from './keys.ts';
import { clockOffset } from './live.ts';
import type { Sealed } from './records/seal.ts';

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

  /** Another person is here: what was is none of theirs. */
  forget(): void {
    this.states.clear();
    this.running.clear();
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

async function sealHere(visit: string): Promise<Sealed> {
  const [{ sealOnce }, { recordServer }] = await Promise.all([import('./records/seal.ts'), import('./records/server.ts')]);
  return sealOnce(visit, {
    identity: keys.identity,
    visit: api.visit,
    chat: api.chat,
    keysOf: keys.ofVisit,
    transcriptKey: keys.transcriptKey,
    add: recordServer.add,
    uuid: () => crypto.randomUUID(),
    now: () => Math.round(Date.now() + clockOffset.peek()),
  });
}

const hasPerson = (): boolean => keys.state.peek().kind !== 'none';

export const sealing = new Sealer(sealHere, (ms) => new Promise((resolve) => setTimeout(resolve, ms)), hasPerson);

/** Seals the record of a visit that has just ended. Never throws; `sealing.of(visit)` says how it stands. */
export function sealVisit(visit: string): Promise<void> {
  return hasPerson() ? sealing.seal(visit) : Promise.resolve();
}

/** Seals what was left over when both browsers went away too early. */
export async function catchUp(): Promise<void> {
  const { recordServer } = await import('./records/server.ts');
  const { unsealed } = await recordServer.list();
  for (const visit of unsealed) void sealVisit(visit);
}
