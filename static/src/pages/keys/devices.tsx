/** The keys of this account, one for each device that made its own, and taking one out of use. */
import { useEffect, useState } from 'preact/hooks';

import { t } from '../../i18n.ts';
import { keys } from '../../keys.ts';
import type { ListedKey } from '../../keys/server.ts';
import { clockOffset } from '../../live.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Badge, type Meaning, Notice, Skeleton } from '../../ui/parts.tsx';
import { toast } from '../../ui/toast.tsx';
import { when } from '../../when.ts';

const MEANING: Record<ListedKey['status'], Meaning> = { live: 'good', pending: 'wait', revoked: 'note' };

export function Devices({ mine }: { mine: string }) {
  const [listed, setListed] = useState<ListedKey[] | null>(null);
  const [revoking, revoke] = useState<ListedKey | null>(null);
  const task = useTask();
  const load = (): void => task.run(async () => setListed(await keys.list()));
  useEffect(load, []);
  return (
    <section class="stack">
      <h2>{t('devices-title')}</h2>
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p><Button onClick={load}>{t('try-again')}</Button></Notice>}
      {listed === null && task.error === null && <Skeleton />}
      <ul class="rows">
        {listed?.map((one) => (
          <li key={one.id} class="visit-row">
            <div class="row-main">
              <strong dir="auto">{nameOf(one)}{one.id === mine && ` · ${t('this-device')}`}</strong>
              <span class="quiet">{t('key-made', { time: when(one.made_at, Date.now() + clockOffset.value) })}</span>
            </div>
            <Badge meaning={MEANING[one.status]}>{t(`key-${one.status}`)}</Badge>
            {one.status !== 'revoked' && one.id !== mine && (
              <Button kind="quiet" name={t('revoke-name', { name: nameOf(one) })} onClick={() => revoke(one)}>{t('revoke')}</Button>
            )}
          </li>
        ))}
      </ul>
      <p class="hint">{t('devices-hint')}</p>
      {revoking !== null && <Revoke of={revoking} close={() => revoke(null)} done={load} />}
    </section>
  );
}

function nameOf(key: ListedKey): string {
  return key.device || t('some-device');
}

function Revoke({ of, close, done }: { of: ListedKey; close: () => void; done: () => void }) {
  const task = useTask();
  const go = (): void =>
    task.run(async () => {
      await keys.revoke(of.id);
      toast(t('revoked', { name: nameOf(of) }));
      close();
      done();
    });
  return (
    <Dialog title={t('revoke-name', { name: nameOf(of) })} onClose={close}>
      <p>{t('revoke-sure')}</p>
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      <div class="actions">
        <Button kind="primary" onClick={close}>{t('keep')}</Button>
        <Button kind="stop" busy={task.busy} onClick={go}>{t('revoke-yes')}</Button>
      </div>
    </Dialog>
  );
}
