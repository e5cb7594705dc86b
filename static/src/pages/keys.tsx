/** "Your keys and devices": what this account's keys are, where they are, and what to do when they don't open here. */
import './keys/keys.css';

import { sentence } from '../api.ts';
import { t } from '../i18n.ts';
import { keys } from '../keys.ts';
import { later } from '../later.tsx';
import { useTask } from '../task.ts';
import { withTexts } from '../texts.ts';
import { Button } from '../ui/button.tsx';
import { Page } from '../ui/page.tsx';
import { Notice, Skeleton } from '../ui/parts.tsx';
import { Devices } from './keys/devices.tsx';
import { Locked } from './keys/locked.tsx';
import { ChangePassword } from './keys/password.tsx';
import { Pending } from './keys/pending.tsx';

const ClinicsKey = later<{ mine: string }>(async () => (await withTexts('rights', import('./custody/own.tsx'))).ClinicsKey);

const OwnKeys = later<{ full?: boolean }>(async () => (await withTexts('ledger', import('./ledger/own-keys.tsx'))).OwnKeys);

export function KeysPage() {
  const state = keys.state.value;
  const heading = state.kind === 'none' ? t('change-password') : t('keys-title');
  return (
    <Page heading={heading} narrow>
      <KeyStanding />
      {state.kind === 'none' && <ChangePassword open />}
    </Page>
  );
}

function KeyStanding() {
  const state = keys.state.value;
  const task = useTask();
  switch (state.kind) {
    case 'none': return null;
    case 'making': return <><p role="status">{t('keys-making')}</p><Skeleton /></>;
    case 'locked': return <Locked key={state.why} state={state} />;
    case 'pending': return <Pending state={state} />;
    case 'failed':
      return (
        <Notice meaning="stop" alert>
          <p>{sentence(state.error)}</p>
          <Button kind="primary" busy={task.busy} onClick={() => task.run(() => keys.again())}>{t('try-again')}</Button>
        </Notice>
      );
    case 'ready':
      return (
        <>
          <p>{t('keys-why')}</p>
          {!state.stored && <Notice meaning="wait"><p>{t('keys-not-stored')}</p></Notice>}
          <OwnKeys full />
          <ClinicsKey mine={state.key} />
          <Devices mine={state.key} />
          <section class="stack">
            <h2>{t('recovery-title')}</h2>
            <p>{state.recovery ? t('recovery-have') : t('recovery-none')}</p>
            <div><a class="button" href="/recovery">{state.recovery ? t('recovery-new') : t('recovery-print')}</a></div>
          </section>
          <ChangePassword />
        </>
      );
  }
}
