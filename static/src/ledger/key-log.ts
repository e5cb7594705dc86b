/** Looking keys up on the log before anything is sealed to them. */
import { Problem } from '../api.ts';
import type { KeyLog } from '../keys/log.ts';
import { about, witness } from './browser.ts';
import { type KeyProof, type Logged, standing } from './peers.ts';
import { ledgerServer } from './server.ts';
import { Unproven } from './unproven.ts';

/** How long a look may take, in ms. Lower says "late" on a thin line, higher keeps people waiting for a call. */
const PATIENCE_MS = 8_000;

/** How long before a look that found something wrong is taken once more, in ms: the server's list may lag behind its log by a moment. */
const AGAIN_MS = 1_500;

/** What {@link keyLogOf} asks. */
export interface KeyLogPorts {
  /** How long a batch may take, in ms; null when there is no log. */
  window(): Promise<number | null>;
  proof(person: string): Promise<KeyProof>;
  witness: Pick<typeof witness, 'see' | 'policy'>;
  /** ms since 1970, by the server's clock. */
  now(): Promise<number>;
  wait(ms: number): Promise<void>;
}

/** What the work comes to, or `late` after so many ms. */
async function within<T>(ms: number, work: Promise<T>): Promise<T | 'late'> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

export function keyLogOf(ports: KeyLogPorts, patience = PATIENCE_MS): KeyLog {
  return async (person, keys) => {
    const all = (how: Logged): Logged[] => keys.map(() => how);
    const look = async (): Promise<Logged[] | null> => {
      const [window, policy] = await Promise.all([ports.window(), ports.witness.policy()]);
      if (window === null || policy === null) return null;
      return standing(keys, await ports.proof(person), person, ports.witness, window, await ports.now());
    };
    /** A forgery is still there a moment later. */
    const twice = async (): Promise<Logged[] | null> => {
      const first = await look().catch(unsound);
      if (first !== 'unsound' && first?.includes('other') !== true) return first;
      await ports.wait(AGAIN_MS);
      return look();
    };
    try {
      const found = await within(patience, twice());
      return found === 'late' ? all('late') : found;
    } catch (error) {
      // A log that contradicts itself or the server vouches for nobody; one that is away is waited for.
      return all(error instanceof Unproven && error.why !== 'gone' ? 'other' : unanchored(error) ? 'pending' : 'late');
    }
  };
}

/** A proof that proves nothing; what the line throws goes on. */
function unsound(error: unknown): 'unsound' {
  if (error instanceof Unproven && error.why !== 'gone') return 'unsound';
  throw error;
}

/** A log on which nothing stands yet. */
function unanchored(error: unknown): boolean {
  return error instanceof Problem && error.code === 'not_anchored';
}

/** As the pages have it. */
export const keyLog: KeyLog = keyLogOf({
  window: async () => (await about())?.window_ms ?? null,
  proof: ledgerServer.keysOf,
  witness,
  now: async () => Date.now() + (await import('../live.ts')).clockOffset.peek(),
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
});
