/** Setting up the second step: a picture (or a text) for an app on the phone, its first code, then the recovery codes. */
import '../keys/keys.css';
import './door.css';

import { Copy } from 'lucide';
import { useState } from 'preact/hooks';

import { Problem } from '../../api.ts';
import { type Confirmed, doorServer, type Totp } from '../../door/server.ts';
import { t } from '../../i18n.ts';
import { enter } from '../../sign-in.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Page, SignOut } from '../../ui/page.tsx';
import { Card, Notice } from '../../ui/parts.tsx';
import { door, look, take } from '../../who.ts';
import { Qr } from '../keys/qr.tsx';
import { CodeForm } from './code-form.tsx';
import { copyText, RecoveryCodes } from './recovery-codes.tsx';

/** For staff whose clinic wants it, before anything else. */
export function EnrolPage() {
  const at = door.value;
  const name = at?.kind === 'enrol' ? at.name : '';
  return (
    <Page heading={t('enrol-title')} narrow>
      <Enrol name={name} why={t('enrol-must', { name })} done={({ me }) => enter(me)} />
      <div class="no-print"><SignOut label={t('sign-in-as-other')} /></div>
    </Page>
  );
}

export function Enrol({ name, why, done }: { name: string; why: string; done: (confirmed: Confirmed) => Promise<void> }) {
  const [totp, setTotp] = useState<Totp | null>(null);
  const [confirmed, setConfirmed] = useState<Confirmed | null>(null);
  const task = useTask();
  const start = (): void =>
    task.run(async () => {
      try {
        setTotp(await doorServer.makeTotp());
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== 'already') throw error;
        take(await look());
        throw new Problem(error.code, error.status, t('enrol-already'));
      }
    });
  const end = (): void => task.run(async () => (confirmed === null ? undefined : done(confirmed)));
  if (confirmed !== null) {
    return (
      <>
        {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
        <RecoveryCodes codes={confirmed.recovery} name={name} done={end} busy={task.busy} />
      </>
    );
  }
  if (totp !== null) return <Scan totp={totp} confirmed={setConfirmed} />;
  return (
    <>
      <p>{why}</p>
      <p class="quiet">{t('enrol-app')}</p>
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      <div><Button kind="primary" busy={task.busy} onClick={start}>{t('enrol-start')}</Button></div>
    </>
  );
}

/** In groups of four, as people type them. */
function grouped(secret: string): string {
  return secret.match(/.{1,4}/g)?.join(' ') ?? secret;
}

function Scan({ totp, confirmed }: { totp: Totp; confirmed: (confirmed: Confirmed) => void }) {
  const confirm = async (code: string): Promise<void> => {
    try {
      confirmed(await doorServer.confirmTotp(code));
    } catch (error) {
      if (error instanceof Problem && error.code === 'already') throw new Problem(error.code, error.status, t('enrol-already'));
      throw error;
    }
  };
  return (
    <>
      <Card>
        <h2>{t('enrol-scan-title')}</h2>
        <p>{t('enrol-scan')}</p>
        <Qr text={totp.uri} label={t('enrol-qr')} />
        <p>{t('enrol-same-phone')}</p>
        <div><a class="button" href={totp.uri}>{t('enrol-open-app')}</a></div>
        <details>
          <summary>{t('enrol-by-hand')}</summary>
          <div class="stack">
            <p class="hint">{t('enrol-by-hand-hint')}</p>
            <p><code class="secret">{grouped(totp.secret)}</code></p>
            <div><Button icon={Copy} onClick={() => void copyText(totp.secret)}>{t('enrol-copy')}</Button></div>
          </div>
        </details>
      </Card>
      <Card>
        <h2>{t('enrol-confirm-title')}</h2>
        <CodeForm label={t('app-code')} hint={t('enrol-confirm-hint')} submit={t('enrol-confirm')} send={confirm} />
      </Card>
    </>
  );
}
