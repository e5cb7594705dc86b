/** "Who looked": what others did with what is mine, and when I signed in. */
import './admin/admin.css';

import { audit, sentenceOf } from '../audit.ts';
import { t } from '../i18n.ts';
import { later } from '../later.tsx';
import { clockOffset } from '../live.ts';
import { Show, useLoaded } from '../loaded.tsx';
import { withTexts } from '../texts.ts';
import { Page } from '../ui/page.tsx';
import { Empty } from '../ui/parts.tsx';
import { when } from '../when.ts';

const AccessProof = later(async () => (await withTexts('ledger', import('./ledger/access-proof.tsx'))).AccessProof);

export function LookedPage() {
  const found = useLoaded(audit.mine);
  return (
    <Page heading={t('looked-title')} narrow>
      <p>{t('looked-why')}</p>
      <Show of={found} rows={5}>{(all) => all.length === 0 ? <Empty title={t('looked-empty')}><p>{t('looked-empty-hint')}</p></Empty> : (
        <ol class="happened">{all.map((one, i) => <li key={`${one.at} ${i}`}><p>{sentenceOf(one)}</p><p class="quiet">{when(one.at, Date.now() + clockOffset.value)}</p>{one.seq !== null && <AccessProof seq={one.seq} />}</li>)}</ol>
      )}</Show>
      <p class="hint">{t('looked-wrong')}</p>
      <div><a class="button" href="/">{t('to-start')}</a></div>
    </Page>
  );
}
