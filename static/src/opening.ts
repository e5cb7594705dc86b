/** When a planned visit can be joined. */
import type { VisitView } from './wire.ts';

/** A planned visit opens this long before its time, in ms; the server keeps to it. */
export const OPENS_BEFORE_MS = 30 * 60_000;

/** When a visit opens that doesn't yet; null when it can be joined or has no time. */
export function opensAt(visit: Pick<VisitView, 'state' | 'planned_at'>, now: number): number | null {
  if (visit.planned_at === null || (visit.state !== 'open' && visit.state !== 'requested')) return null;
  const at = visit.planned_at - OPENS_BEFORE_MS;
  return at > now ? at : null;
}
