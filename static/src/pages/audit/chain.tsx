/** "Was anything changed afterwards?": every entry is sealed to the one before, and the server goes through them all. */
import { Link2 } from 'lucide';
import { useState } from 'preact/hooks';

import { audit, type Chain } from '../../audit.ts';
import { t } from '../../i18n.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/parts.tsx';

export function CheckChain() {
  const [chain, setChain] = useState<Chain | null>(null);
  const task = useTask();
  const check = (): void => task.run(async () => setChain(await audit.verify()));
  return (
    <>
      <div><Button icon={Link2} busy={task.busy} onClick={check}>{task.busy ? t('checking') : t('chain-check')}</Button></div>
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      {chain !== null && !task.busy && <Result chain={chain} />}
    </>
  );
}

function Result({ chain }: { chain: Chain }) {
  if (chain.ok) return <Notice meaning="good" alert><p>{t('chain-ok', { count: chain.entries })}</p></Notice>;
  return <Notice meaning="stop" alert><p>{t('chain-broken', { number: String(chain.first_bad ?? '') })}</p></Notice>;
}
