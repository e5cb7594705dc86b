/** Other organisations on this server: registering one, and, for who runs the server, saying yes or no to those that wait. */
import { useState } from 'preact/hooks';

import { t } from '../../i18n.ts';
import { type Loaded, Show, useLoaded } from '../../loaded.tsx';
import { type Organisation, organisations, type Pending } from '../../organisations.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextArea } from '../../ui/field.tsx';
import { Card, Empty, Notice } from '../../ui/parts.tsx';
import { toast } from '../../ui/toast.tsx';
import { RegisterOrganisation } from './register.tsx';

export function OrganisationsSection({ own }: { own: Loaded<Organisation> }) {
  const [registering, register] = useState(false);
  const [registered, count] = useState(0);
  return (
    <>
      <p>{t('organisations-why')}</p>
      <div><Button onClick={() => register(true)}>{t('organisation-register')}</Button></div>
      <Show of={own}>{(mine) => (mine.operator ? <Waiting key={registered} /> : <p class="quiet">{t('organisations-not-operator')}</p>)}</Show>
      {registering && <RegisterOrganisation close={() => { register(false); count(registered + 1); }} />}
    </>
  );
}

function Waiting() {
  const found = useLoaded(organisations.pending);
  const gone = (id: string): void => found.set((found.value ?? []).filter((one) => one.id !== id));
  return (
    <section class="stack">
      <h2>{t('organisations-waiting')}</h2>
      <Show of={found}>{(all) => (
        <>
          {all.length === 0 && <Empty title={t('organisations-none')}><p>{t('organisations-none-hint')}</p></Empty>}
          {all.map((one) => <One key={one.id} one={one} gone={() => gone(one.id)} />)}
        </>
      )}</Show>
    </section>
  );
}

function One({ one, gone }: { one: Pending; gone: () => void }) {
  const [refusing, refuse] = useState(false);
  const task = useTask();
  const approve = (): void =>
    task.run(async () => {
      await organisations.approve(one.id);
      toast(t('organisation-approved', { name: one.name }));
      gone();
    });
  return (
    <Card>
      <p class="card-title" dir="auto">{one.name}</p>
      <dl class="known">
        <dt>{t('kind')}</dt><dd>{t(`kind-${one.kind}`)}</dd>
        <dt>{t('registered-by')}</dt><dd dir="auto">{one.by ?? t('somebody')}</dd>
        <dt>{t('zone')}</dt><dd>{one.zone.replaceAll('_', ' ')}</dd>
        {one.phone !== null && <><dt>{t('phone')}</dt><dd>{one.phone}</dd></>}
        {one.address !== null && <><dt>{t('address')}</dt><dd dir="auto">{one.address}</dd></>}
      </dl>
      <p class="hint">{one.own ? t('organisation-own') : t('organisation-two')}</p>
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      {!one.own && <div class="actions">
        <Button kind="primary" busy={task.busy} name={t('with-who', { label: t('approve'), name: one.name })} onClick={approve}>{t('approve')}</Button>
        <Button busy={task.busy} name={t('with-who', { label: t('refuse'), name: one.name })} onClick={() => refuse(true)}>{t('refuse')}</Button>
      </div>}
      {refusing && <Refuse one={one} close={() => refuse(false)} gone={gone} />}
    </Card>
  );
}

function Refuse({ one, close, gone }: { one: Pending; close: () => void; gone: () => void }) {
  const [why, setWhy] = useState('');
  const task = useTask();
  const send = (): void =>
    task.run(async () => {
      await organisations.refuse(one.id, why.trim());
      toast(t('organisation-refused', { name: one.name }));
      gone();
    });
  return (
    <Dialog title={t('with-who', { label: t('refuse'), name: one.name })} onClose={close}>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); send(); }}>
        {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
        <TextArea label={t('why')} hint={t('why-shown')} value={why} onInput={setWhy} required maxLength={500} />
        <Button kind="stop" submit busy={task.busy}>{t('refuse')}</Button>
      </form>
    </Dialog>
  );
}
