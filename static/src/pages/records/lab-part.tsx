/** Results of a laboratory as a table, each beside what is usual. */
import { t } from '../../i18n.ts';
import { clockOffset } from '../../live.ts';
import type { Lab } from '../../records/content.ts';
import { sideOf } from '../../records/range.ts';
import { Badge, Table } from '../../ui/parts.tsx';
import { when } from '../../when.ts';

export function LabPart({ lab }: { lab: Lab }) {
  const rows = lab.results.map((one, i) => {
    const side = sideOf(one.value, one.range);
    const beyond = side === 'low' || side === 'high';
    return {
      key: String(i),
      cells: [
        <span dir="auto">{one.name}{one.code !== null && <span class="quiet code"> {one.code}</span>}</span>,
        <span class="value"><strong>{[one.value, one.unit].filter((part) => part !== '').join(' ')}</strong>{beyond && <Badge meaning="wait">{t(`lab-${side}`)}</Badge>}</span>,
        one.range ?? t('lab-no-range'),
      ],
    };
  });
  return (
    <>
      <p class="quiet">{t('lab-taken', { time: when(lab.taken_at, Date.now() + clockOffset.value) })}</p>
      <Table caption={t('kind-of-lab')} head={[t('lab-name'), t('lab-value'), t('lab-range')]} rows={rows} />
      <p class="hint">{t('lab-range-hint')}</p>
    </>
  );
}
