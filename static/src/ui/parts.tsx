/** The small surfaces pages are made of: card, badge, notice, empty state, skeleton, table. */
import { AlertTriangle, CheckCircle, Clock, Info, type IconNode, OctagonX } from 'lucide';
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { t } from '../i18n.ts';
import { Icon } from './icon.tsx';

export type Meaning = 'good' | 'wait' | 'stop' | 'note';
const SIGNS: Record<Meaning, IconNode> = { good: CheckCircle, wait: Clock, stop: OctagonX, note: Info };

export function Card({ children, strong }: { children: ComponentChildren; strong?: boolean }) {
  return <section class={`card${strong === true ? ' strong' : ''}`}>{children}</section>;
}

export function Badge({ meaning, children }: { meaning: Meaning; children: ComponentChildren }) {
  return (
    <span class={`badge ${meaning}`}>
      <Icon of={SIGNS[meaning]} size={16} />
      {children}
    </span>
  );
}

/** Says what happened, what is safe and what to do. `alert` speaks at once to a screen reader. */
export function Notice({ meaning = 'note', alert, children }: { meaning?: Meaning; alert?: boolean; children: ComponentChildren }) {
  return (
    <div class={`notice ${meaning}`} role={alert === true ? 'alert' : undefined}>
      <Icon of={meaning === 'stop' ? AlertTriangle : SIGNS[meaning]} />
      <div>{children}</div>
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}

/** How long loading may take before it shows itself, in ms. Shorter flickers. */
const SKELETON_AFTER_MS = 300;

export function Skeleton({ rows = 3 }: { rows?: number }) {
  const [shown, show] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => show(true), SKELETON_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  if (!shown) return null;
  return (
    <div class="skeleton" role="status">
      <span class="unseen">{t('loading')}</span>
      {Array.from({ length: rows }, (_, i) => <div key={i} class="bone" />)}
    </div>
  );
}

export function Table({ caption, head, rows }: { caption: string; head: string[]; rows: { key: string; cells: ComponentChildren[] }[] }) {
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={caption}>
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>{head.map((one) => (one === '' ? <td key={one} /> : <th key={one} scope="col">{one}</th>))}</tr>
        </thead>
        <tbody>
          {rows.map((row) => <tr key={row.key}>{row.cells.map((cell, i) => <td key={i} data-head={head[i]}>{cell}</td>)}</tr>)}
        </tbody>
      </table>
    </div>
  );
}
