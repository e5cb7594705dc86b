/** How the log does, in one word: what is worst first. */
import type { Health } from './server.ts';

/** How long entries may wait before that is said, in ms. Lower alarms for a busy minute, higher hides that nothing moves. */
export const WAITS_LONG_MS = 60_000;

export type Verdict =
  | { kind: 'stopped' }
  /** Fewer vote than must. */
  | { kind: 'no_quorum'; have: number; need: number }
  /** Somebody signed two things that can't both be. */
  | { kind: 'lied'; count: number }
  | { kind: 'slow'; since: number }
  /** Enough vote, but not all. */
  | { kind: 'degraded'; have: number; all: number }
  | { kind: 'fine'; all: number };

/** `now` is ms since 1970. */
export function verdictOf(health: Health, threshold: number, now: number): Verdict {
  if (!health.running) return { kind: 'stopped' };
  const have = health.validators.filter((one) => one.state === 'voting').length;
  const all = health.validators.length;
  if (have < threshold) return { kind: 'no_quorum', have, need: threshold };
  if (health.equivocations > 0) return { kind: 'lied', count: health.equivocations };
  const { oldest } = health.queue;
  if (oldest !== null && now - oldest > WAITS_LONG_MS) return { kind: 'slow', since: oldest };
  return have < all ? { kind: 'degraded', have, all } : { kind: 'fine', all };
}

/** The share of entries that stand, from 0 to 1; null before the first. */
export function successOf({ committed, refused }: Health): number | null {
  const lost = refused.reduce((sum, one) => sum + one.count, 0);
  return committed + lost === 0 ? null : committed / (committed + lost);
}
