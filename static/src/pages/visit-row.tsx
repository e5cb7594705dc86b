/** One visit in a list: with whom, when, how it stands, and what can be done about it. */
import type { ComponentChildren } from 'preact';

import { t } from '../i18n.ts';
import { kept } from '../kept.ts';
import { clockOffset } from '../live.ts';
import { go, visitPath } from '../router.ts';
import { Button } from '../ui/button.tsx';
import { Badge, type Meaning } from '../ui/parts.tsx';
import { when } from '../when.ts';
import type { VisitView } from '../wire.ts';

const MEANING: Record<VisitView['state'], Meaning> = { requested: 'wait', open: 'good', ended: 'note', declined: 'stop' };

export function VisitRow({ visit, title, note, children }: { visit: VisitView; title: string; note?: string | null; children?: ComponentChildren }) {
  return (
    <li class="visit-row">
      <div class="row-main">
        <strong dir="auto">{title}</strong>
        <span class="quiet">{whenOf(visit)}</span>
        {note && <span class="quiet" dir="auto">{note}</span>}
      </div>
      <Badge meaning={MEANING[visit.state]}>{t(`state-${visit.state}`)}</Badge>
      {children !== undefined && <div class="actions">{children}</div>}
    </li>
  );
}

export function whenOf(visit: VisitView): string {
  return when(visit.planned_at ?? visit.made_at, Date.now() + clockOffset.value);
}

/** The way into a visit that is open. */
export function JoinLink({ visit, other, big }: { visit: VisitView; other: string; big?: boolean }) {
  const label = kept.inCall(visit.id) === null ? t('join-visit') : t('return-to-call');
  return (
    <Button kind="primary" big={big === true} name={t('with-name', { label, name: other })} onClick={() => go(visitPath(visit.id))}>{label}</Button>
  );
}

export function PastVisits({ visits, title, note }: { visits: readonly VisitView[]; title: (visit: VisitView) => string; note?: (visit: VisitView) => string | null }) {
  if (visits.length === 0) return null;
  return (
    <section class="stack">
      <h2>{t('past-visits')}</h2>
      <ul class="rows">
        {visits.map((one) => (
          <VisitRow key={one.id} visit={one} title={title(one)} note={note?.(one) ?? null}>
            {one.state === 'ended' && (
              <a class="button quiet" href={visitPath(one.id)} aria-label={t('with-name', { label: t('read-chat'), name: title(one) })}>{t('read-chat')}</a>
            )}
          </VisitRow>
        ))}
      </ul>
    </section>
  );
}
