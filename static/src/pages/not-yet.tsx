/** A visit that is planned for later: when it is, and that the way in appears by itself. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { t } from '../i18n.ts';
import { clockOffset } from '../live.ts';
import { opensAt } from '../opening.ts';
import { when } from '../when.ts';
import type { VisitView } from '../wire.ts';

/** Longest that a browser's timer can wait, in ms. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

/** Shows `children` once the visit can be joined. */
export function OnceOpen({ visit, children }: { visit: VisitView; children: ComponentChildren }) {
  const now = Date.now() + clockOffset.value;
  const opens = opensAt(visit, now);
  const [, again] = useState(0);
  useEffect(() => {
    if (opens === null) return undefined;
    const timer = setTimeout(() => again((n) => n + 1), Math.min(opens - now + 50, LONGEST_WAIT_MS));
    return () => clearTimeout(timer);
  }, [opens]);
  return opens === null ? <>{children}</> : <p class="quiet">{t('opens-at', { time: when(opens, now) })}</p>;
}
