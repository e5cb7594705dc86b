/** Who looked at one record, for the patient whose it is. */
import { useState } from 'preact/hooks';

import { audit, sentenceOf } from '../../audit.ts';
import { t } from '../../i18n.ts';
import { clockOffset } from '../../live.ts';
import { Show, useLoaded } from '../../loaded.tsx';
import { when } from '../../when.ts';

export function LookedAt({ record }: { record: string }) {
  const [open, show] = useState(false);
  return (
    <details onToggle={(event) => show(event.currentTarget.open)}>
      <summary>{t('looked-title')}</summary>
      {open && <Looks record={record} />}
    </details>
  );
}

function Looks({ record }: { record: string }) {
  const found = useLoaded(() => audit.ofRecord(record), record);
  return (
    <Show of={found}>
      {(all) => (all.length === 0 ? <p class="quiet">{t('looked-empty')}</p> : (
        <ol class="stack">{all.map((one, i) => <li key={`${one.at} ${i}`}><p>{sentenceOf(one)}</p><p class="quiet">{when(one.at, Date.now() + clockOffset.value)}</p></li>)}</ol>
      ))}
    </Show>
  );
}
