/** The second step of one's own account: on, off, and new recovery codes. */
import { useState } from 'preact/hooks';

import { type Me, Problem } from '../../api.ts';
import { doorServer } from '../../door/server.ts';
import { t } from '../../i18n.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Badge, Notice } from '../../ui/parts.tsx';
import { toast } from '../../ui/toast.tsx';
import { look, take } from '../../who.ts';
import { Enrol } from '../door/enrol.tsx';
import { RecoveryCodes } from '../door/recovery-codes.tsx';

type Open = 'enrol' | 'codes' | 'off';

export function FactorSection({ who }: { who: Extract<Me, { kind: 'person' }> }) {
  const [open, setOpen] = useState<Open | null>(null);
  const close = (): void => setOpen(null);
  const on = who.second_factor === true;
  return (
    <section class="stack">
      <h2>{t('factor')}</h2>
      <div><Badge meaning={on ? 'good' : 'note'}>{on ? t('factor-on') : t('factor-off')}</Badge></div>
      <p>{on ? t('factor-on-why') : t('factor-off-why')}</p>
      <div class="actions">
        {!on && <Button onClick={() => setOpen('enrol')}>{t('factor-turn-on')}</Button>}
        {on && <Button onClick={() => setOpen('codes')}>{t('factor-new-codes')}</Button>}
        {on && <Button kind="quiet" onClick={() => setOpen('off')}>{t('factor-turn-off')}</Button>}
      </div>
      {open === 'enrol' && (
        <Dialog title={t('enrol-title')} onClose={close}>
          <Enrol name={who.name} why={t('enrol-may')} done={async ({ me }) => { close(); take(me); toast(t('factor-is-on')); }} />
        </Dialog>
      )}
      {open === 'codes' && <NewCodes name={who.name} close={close} />}
      {open === 'off' && <TurnOff close={close} />}
    </section>
  );
}

function NewCodes({ name, close }: { name: string; close: () => void }) {
  const [codes, setCodes] = useState<string[] | null>(null);
  const task = useTask();
  const make = (): void => task.run(async () => setCodes((await doorServer.newRecovery()).recovery));
  return (
    <Dialog title={t('factor-new-codes')} onClose={close}>
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      {codes === null ? (
        <>
          <p>{t('factor-new-codes-why')}</p>
          <Button kind="primary" wide busy={task.busy} onClick={make}>{t('factor-new-codes-do')}</Button>
        </>
      ) : <RecoveryCodes codes={codes} name={name} done={close} />}
    </Dialog>
  );
}

function TurnOff({ close }: { close: () => void }) {
  const task = useTask();
  const off = (): void =>
    task.run(async () => {
      try {
        await doorServer.removeTotp();
      } catch (error) {
        if (error instanceof Problem && error.code === 'required') throw new Problem(error.code, error.status, t('factor-required'));
        throw error;
      }
      take(await look());
      toast(t('factor-is-off'));
      close();
    });
  return (
    <Dialog title={t('factor-turn-off-title')} onClose={close}>
      <p>{t('factor-turn-off-why')}</p>
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      <div class="actions">
        <Button kind="primary" onClick={close}>{t('factor-keep')}</Button>
        <Button kind="stop" busy={task.busy} onClick={off}>{t('factor-turn-off')}</Button>
      </div>
    </Dialog>
  );
}
