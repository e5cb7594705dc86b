/** Invites of colleagues: making one, seeing how each stands, taking one back. */
import { MailPlus } from 'lucide';
import { useState } from 'preact/hooks';

import { t } from '../../i18n.ts';
import { type Invite, invites, type MadeInvite } from '../../invites.ts';
import { Show, useLoaded } from '../../loaded.tsx';
import { clockOffset } from '../../live.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { CopyField } from '../../ui/copy.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { Badge, Empty, type Meaning, Notice, Table } from '../../ui/parts.tsx';
import { Sure } from '../../ui/sure.tsx';
import { toast } from '../../ui/toast.tsx';
import { when } from '../../when.ts';
import { type Role, ROLES } from '../../wire.ts';
import { ChooseRole } from './choose-role.tsx';

const MEANING: Record<Invite['state'], Meaning> = { open: 'wait', used: 'good', revoked: 'stop', expired: 'note' };

/** Patients register themselves. */
const STAFF = ROLES.filter((one) => one !== 'patient');

export function InvitesSection() {
  const found = useLoaded(invites.list);
  const [making, make] = useState(false);
  const task = useTask();
  const revoke = (one: Invite): void =>
    task.run(async () => {
      await invites.revoke(one.id);
      toast(t('invite-revoked', { name: one.name }));
      found.reload();
    });
  return (
    <>
      <p>{t('invites-why')}</p>
      <div><Button kind="primary" icon={MailPlus} onClick={() => make(true)}>{t('invite-make')}</Button></div>
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      <Show of={found} rows={4}>{(all) => all.length === 0 ? <Empty title={t('invites-empty')}><p>{t('invites-empty-hint')}</p></Empty> : (
        <Table
          caption={t('invites-title')}
          head={[t('name'), t('role'), t('contact'), t('until'), t('state'), '']}
          rows={all.map((one) => ({ key: one.id, cells: cells(one, task.busy, () => revoke(one)) }))}
        />
      )}</Show>
      {making && <MakeInvite close={() => { make(false); found.reload(); }} />}
    </>
  );
}

function cells(invite: Invite, busy: boolean, revoke: () => void): preact.ComponentChildren[] {
  return [
    <span dir="auto">{invite.name}</span>,
    [t(`role-${invite.role}`), invite.department].filter(Boolean).join(' · '),
    invite.contact,
    when(invite.expires, Date.now() + clockOffset.value),
    <Badge meaning={MEANING[invite.state]}>{t(`invite-state-${invite.state}`)}</Badge>,
    invite.state === 'open' && (
      <Sure quiet label={t('invite-revoke')} name={t('with-who', { label: t('invite-revoke'), name: invite.name })} yes={t('invite-revoke-yes')} busy={busy} onYes={revoke}>
        {t('invite-revoke-sure', { name: invite.name })}
      </Sure>
    ),
  ];
}

function MakeInvite({ close }: { close: () => void }) {
  const [contact, setContact] = useState('');
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('doctor');
  const [department, setDepartment] = useState('');
  const [made, setMade] = useState<MadeInvite | null>(null);
  const task = useTask();
  const send = (): void =>
    task.run(async () => {
      const where = department.trim();
      setMade(await invites.make({ contact: contact.trim(), name: name.trim(), role, ...(where === '' ? {} : { department: where }) }));
    });
  if (made !== null) return <Dialog title={t('invite-sent-title')} onClose={close}><Made made={made} name={name} close={close} /></Dialog>;
  return (
    <Dialog title={t('invite-make')} onClose={close}>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); send(); }}>
        {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
        <Field label={t('name')} hint={role === 'doctor' ? t('doctor-name-hint') : undefined} value={name} onInput={setName} required maxLength={100} />
        <Field label={t('contact')} hint={t('contact-hint')} value={contact} onInput={setContact} required maxLength={254} exact />
        <ChooseRole role={role} roles={STAFF} choose={setRole} />
        <Field label={t('department')} hint={t('optional')} value={department} onInput={setDepartment} maxLength={100} />
        <Button kind="primary" submit busy={task.busy}>{t('invite-send')}</Button>
      </form>
    </Dialog>
  );
}

function Made({ made, name, close }: { made: MadeInvite; name: string; close: () => void }) {
  return (
    <div class="stack">
      <Notice meaning="good"><p>{t('invite-sent', { name })}</p></Notice>
      <CopyField label={t('invite-link')} hint={t('invite-link-hint', { until: when(made.expires, Date.now() + clockOffset.value) })} value={made.url} button={t('copy-link')} />
      <Button kind="primary" onClick={close}>{t('done')}</Button>
    </div>
  );
}
