/** The log's figures as they are now. */
import type { ComponentChildren } from 'preact';

import { locale, t } from '../../i18n.ts';
import { successOf } from '../../ledger/healthy.ts';
import type { Health } from '../../ledger/server.ts';
import { clockOffset } from '../../live.ts';
import { number, percent, span } from './units.ts';

export function Figures({ health }: { health: Health }) {
  const { tps, latency, queue, stable, energy } = health;
  const now = Date.now() + clockOffset.value;
  const ms = (value: number | null): string => (value === null ? t('figure-none') : span(locale.value, value));
  const success = successOf(health);
  return (
    <dl class="figures">
      <Figure name={t('figure-tps')} more={t('figure-tps-minute', { number: number(locale.value, tps.minute) })}>{number(locale.value, tps.second)}</Figure>
      <Figure name={t('figure-consensus')} more={t('figure-p99', { time: ms(latency.consensus.p99) })}>{ms(latency.consensus.p50)}</Figure>
      <Figure name={t('figure-total')} more={t('figure-p99', { time: ms(latency.total.p99) })}>{ms(latency.total.p50)}</Figure>
      <Figure name={t('figure-success')} more={t('figure-committed', { count: health.committed })}>{success === null ? t('figure-none') : percent(locale.value, success)}</Figure>
      <Figure name={t('figure-views')} more={t('figure-view', { number: String(health.view) })}>{String(health.view_changes)}</Figure>
      <Figure name={t('figure-queue')} more={t('figure-outbox', { count: queue.outbox })}>{String(queue.waiting)}</Figure>
      <Figure name={t('figure-stable')} more={stable === null ? t('figure-nothing-yet') : t('figure-size', { count: stable.size })}>{stable === null ? t('figure-none') : span(locale.value, Math.max(0, now - stable.at))}</Figure>
      <Energy energy={energy} />
    </dl>
  );
}

/** How much power it takes, and how that is known: an estimate never stands without its method. */
function Energy({ energy: { joules, per_entry: each, method, watts } }: { energy: Health['energy'] }) {
  const how = method === 'rapl' ? t('energy-rapl') : method === 'cpu' ? t('energy-cpu', { watts: watts === null ? '?' : number(locale.value, watts) }) : t('energy-none');
  const value = joules === null ? t('figure-none') : t('energy-joules', { number: number(locale.value, joules) });
  const share = each === null ? '' : `${t('energy-each', { number: number(locale.value, each) })} `;
  return <Figure name={t('figure-energy')} more={share + how}>{value}</Figure>;
}

function Figure({ name, more, children }: { name: string; more: string; children: ComponentChildren }) {
  return <div><dt>{name}</dt><dd>{children}<span class="quiet">{more}</span></dd></div>;
}
