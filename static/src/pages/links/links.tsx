/** The links of a visit: sending one to a phone, making one to send oneself, and what became of those there are. */
import { Link as LinkIcon } from 'lucide';
import { useState } from 'preact/hooks';

import { t } from '../../i18n.ts';
import { type Link, links, type MadeLink, standingOf } from '../../links.ts';
import { clockOffset } from '../../live.ts';
import { Show, useLoaded } from '../../loaded.tsx';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { CopyField } from '../../ui/copy.tsx';
import { Badge, Notice } from '../../ui/parts.tsx';
import { toast } from '../../ui/toast.tsx';
import { when } from '../../when.ts';
import { SendLink } from './send.tsx';

const MEANING = { unused: 'wait', used: 'good', expired: 'note', revoked: 'stop' } as const;

function soon(at: number): string {
  return when(at, Date.now() + clockOffset.value);
}

export interface LinksProps {
  visit: string;
  /** The patient's name. */
  patient: string;
  /** What is known of whom it is for. */
  phone?: string;
  language?: string;
}

export function Links({ visit, patient, phone, language }: LinksProps) {
  const found = useLoaded(() => links.list(visit), visit);
  const [made, setMade] = useState<MadeLink | null>(null);
  const task = useTask();
  const make = (): void => task.run(async () => setMade(await links.make(visit, { for: 'guest' })));
  const resend = (one: Link): void =>
    task.run(async () => {
      await links.resend(visit, one.id);
      toast(t('link-resent'));
      found.reload();
    });
  const revoke = (one: Link): void =>
    task.run(async () => {
      await links.revoke(visit, one.id);
      found.reload();
    });
  return (
    <div class="stack">
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      {made === null
        ? <Button icon={LinkIcon} busy={task.busy} onClick={make}>{t('invite')}</Button>
        : <CopyField label={t('guest-link')} hint={t('guest-link-hint', { until: soon(made.expires) })} value={made.url} button={t('copy-link')} />}
      <SendLink visit={visit} patient={patient} phone={phone ?? ''} language={language ?? 'en'} open={phone !== undefined} sent={found.reload} />
      <Show of={found} rows={1}>{(all) => all.length === 0 ? null : (
        <ul class="rows">
          {all.map((one) => <Row key={one.id} one={one} patient={patient} busy={task.busy} resend={() => resend(one)} revoke={() => revoke(one)} />)}
        </ul>
      )}</Show>
    </div>
  );
}

function Row({ one, patient, busy, resend, revoke }: { one: Link; patient: string; busy: boolean; resend: () => void; revoke: () => void }) {
  const use = standingOf(one, Date.now() + clockOffset.value);
  const whose = one.for === 'patient' ? t('link-of-patient', { name: patient }) : t('link-of-guest');
  return (
    <li class="visit-row">
      <div class="row-main">
        <span>{whose}</span>
        <span class="quiet">{one.phone === null ? t('link-made', { time: soon(one.made_at) }) : t('link-sent-to', { phone: one.phone, time: soon(one.made_at) })}</span>
      </div>
      <Badge meaning={MEANING[use]}>{t(`link-${use}`)}</Badge>
      {use !== 'revoked' && (
        <div class="actions">
          {one.phone !== null && <Button kind="quiet" busy={busy} onClick={resend}>{t('link-resend')}</Button>}
          {use !== 'expired' && <Button kind="quiet" busy={busy} onClick={revoke}>{t('link-take-back')}</Button>}
        </div>
      )}
    </li>
  );
}
