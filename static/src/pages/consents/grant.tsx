/** What a grant opens to a doctor: the records, until when, and passing it on; closed at once when it ends. */
import './consents.css';

import { useState } from 'preact/hooks';

import { api } from '../../api.ts';
import { type Consent, consents } from '../../consents.ts';
import { useEnded } from '../../consents/ended.ts';
import { isLive, useNow } from '../../consents/lists.ts';
import { t } from '../../i18n.ts';
import { Show, useLoaded } from '../../loaded.tsx';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Page } from '../../ui/page.tsx';
import { Card, Notice } from '../../ui/parts.tsx';
import { toast } from '../../ui/toast.tsx';
import { when } from '../../when.ts';
import { me } from '../../who.ts';
import { KeyNotice } from '../key-card.tsx';
import { Timeline } from '../records/timeline.tsx';
import { Facts } from './live-grant.tsx';
import { DoctorField } from './who-fields.tsx';

/** How often the page looks whether the time is over, in ms. */
const TICK = 1_000;

export function GrantPage({ consent }: { consent: string }) {
  const found = useLoaded(async () => (await consents.get(consent)).consent, consent);
  const patient = found.value?.patient ?? '';
  return (
    <Page key={patient} heading={patient === '' ? t('consents-title') : t('grant-of', { name: patient })}>
      <KeyNotice />
      <Show of={found}>{(grant) => <Grant grant={grant} />}</Show>
      <div><a class="button" href="/consents">{t('consents-back')}</a></div>
    </Page>
  );
}

function Grant({ grant }: { grant: Consent }) {
  const ended = useEnded(grant.patient_id);
  const now = useNow(TICK);
  const [passing, pass] = useState(false);
  const standing = useLoaded(async () => (await consents.get(grant.id)).consent, String(ended.times));
  const shown = standing.value ?? grant;
  // Hidden first and asked afterwards: nothing of it stays on the page meanwhile.
  const open = isLive(shown, now) && !(ended.times > 0 && standing.busy);
  const who = me.value;
  const mine = who?.kind === 'person' && grant.grantee?.id === who.id;
  if (!open) return <Over state={shown.state} patient={grant.patient} busy={standing.busy} />;
  return (
    <>
      <Card strong={grant.break_glass}>
        <Facts consent={grant} />
        {grant.until !== null && <p><strong>{t('consent-until', { time: when(grant.until, now) })}</strong></p>}
        {grant.break_glass && <p>{t('glass-doctor-told')}</p>}
        {mine && !grant.break_glass && <div><Button onClick={() => pass(true)}>{t('delegate')}</Button></div>}
      </Card>
      {mine && <Timeline patient={grant.patient_id} again={ended.times} empty={t('grant-empty')} />}
      {passing && <Delegate grant={grant} close={() => pass(false)} />}
    </>
  );
}

function Over({ state, patient, busy }: { state: Consent['state']; patient: string; busy: boolean }) {
  if (busy) return <p role="status" class="quiet">{t('grant-looking')}</p>;
  return <Notice meaning="stop" alert><p>{state === 'revoked' ? t('grant-revoked', { name: patient }) : state === 'asked' ? t('grant-asked', { name: patient }) : state === 'refused' ? t('grant-refused', { name: patient }) : t('grant-over')}</p></Notice>;
}

function Delegate({ grant, close }: { grant: Consent; close: () => void }) {
  const [to, choose] = useState('');
  const doctors = useLoaded(() => api.people('doctor'));
  const task = useTask();
  const others = (doctors.value ?? []).filter((one) => one.id !== grant.grantee?.id);
  const send = (): void => task.run(async () => {
    await consents.delegate(grant.id, to);
    toast(t('ask-sent', { name: grant.patient }));
    close();
  });
  return (
    <Dialog title={t('delegate')} onClose={close}>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); send(); }}>
        <p>{t('delegate-why', { name: grant.patient })}</p>
        <DoctorField doctors={others} value={to} own={false} change={choose} />
        {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
        <Button kind="primary" submit busy={task.busy} disabled={to === ''}>{t('delegate-send')}</Button>
      </form>
    </Dialog>
  );
}
