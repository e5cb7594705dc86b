/** Who looked at one record, for the patient whose it is. */
import { useState } from 'preact/hooks';

import { audit, sentenceOf } from '../../audit.ts';
import { t } from '../../i18n.ts';
import { later } from '../../later.tsx';
import { clockOffset } from '../../live.ts';
import { Show, useLoaded } from '../../loaded.tsx';
import { withTexts } from '../../texts.ts';
import { when } from '../../when.ts';

const AccessProof = later(async () => (await withTexts('ledger', import('../ledger/access-proof.tsx'))).AccessProof);

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
        <ol class="stack">{all.map((one, i) => <li key={`${one.at} ${i}`}><p>{sentenceOf(one)}</p><p class="quiet">{when(one.at, Date.now() + clockOffset.value)}</p>{one.seq !== null && <AccessProof seq={one.seq} />}</li>)}</ol>
      ))}
    </Show>
  );
}
