/** What the log did over time: entries a second, how long they took, how many stood, and changes of view. */
import { locale, t } from '../../i18n.ts';
import type { Series } from '../../ledger/server.ts';
import { Empty } from '../../ui/parts.tsx';
import { Plot } from './plot.tsx';
import { number, percent, span } from './units.ts';

export function Plots({ series }: { series: Series }) {
  const { at, tps, consensus, total, success, view_changes: views } = series;
  if (at.length === 0) return <Empty title={t('plots-none')}><p>{t('plots-none-hint')}</p></Empty>;
  const count = (value: number): string => number(locale.value, value);
  const time = (value: number): string => span(locale.value, value);
  return (
    <div class="plots">
      <Plot title={t('figure-tps')} at={at} values={tps} say={count} />
      <Plot title={t('figure-consensus')} at={at} values={consensus} say={time} />
      <Plot title={t('figure-total')} at={at} values={total} say={time} />
      <Plot title={t('figure-success')} at={at} values={success} say={(value) => percent(locale.value, value)} all={1} />
      <Plot title={t('figure-views')} at={at} values={views} say={count} />
    </div>
  );
}
