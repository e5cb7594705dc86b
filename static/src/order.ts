/** How visits stand to each other: what matters now first. */
import type { VisitView } from './wire.ts';

const RANK = { open: 0, requested: 1, ended: 2, declined: 2 } as const;

/** Open ones first, then those asked for, then the rest, newest first. */
export function order(visits: readonly VisitView[]): VisitView[] {
  return [...visits].sort((a, b) => RANK[a.state] - RANK[b.state] || b.made_at - a.made_at);
}

/** True when a visit can be joined or is on its way to that. */
export function isCurrent(visit: VisitView): boolean {
  return visit.state === 'open' || visit.state === 'requested';
}
