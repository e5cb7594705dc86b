/** The keys don't open here: the password once more, or the ways back when it is not enough. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

import { Problem } from '../../api.ts';
import { t } from '../../i18n.ts';
import { keys, type KeyState } from '../../keys.ts';
import type { Bytes } from '../../seal/bytes.ts';
import { later } from '../../later.tsx';
import { openKeys, rightPassword } from '../../sign-in.ts';
import { useTask } from '../../task.ts';
import { withTexts } from '../../texts.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { Card, Notice } from '../../ui/parts.tsx';
import { toast } from '../../ui/toast.tsx';
import { me } from '../../who.ts';

const Losing = later<object>(async () => (await withTexts('rights', import('../custody/losing.tsx'))).Losing);

export function Locked({ state }: { state: Extract<KeyState, { kind: 'locked' }> }) {
  return (
    <>
      <Notice meaning="wait"><p>{t(`locked-${state.why}`)}</p></Notice>
      {state.why === 'reset' ? <WaysBack recovery={state.recovery} /> : <Password />}
    </>
  );
}

/** The server says whether the password is right before anything is sealed under it. */
function Password() {
  const [password, setPassword] = useState('');
  const task = useTask();
  const unlock = (): void =>
    task.run(async () => {
      const who = me.value;
      if (who?.kind === 'person') await openKeys(who.login, password);
      setPassword('');
    });
  return (
    <Card>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); unlock(); }}>
        {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
        <Field label={t('password')} type="password" value={password} onInput={setPassword} autocomplete="current-password" required maxLength={512} />
        <Button kind="primary" submit wide busy={task.busy}>{task.busy ? t('checking') : t('unlock')}</Button>
      </form>
    </Card>
  );
}

function WaysBack({ recovery }: { recovery: boolean }) {
  const [losing, lose] = useState(false);
  const task = useTask();
  return (
    <>
      {recovery && <Code />}
      <Card>
        <h2>{t('other-device-title')}</h2>
        <p>{t('other-device-why')}</p>
        {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
        <div><Button kind={recovery ? 'plain' : 'primary'} busy={task.busy} onClick={() => task.run(() => keys.withHolder((holder) => holder.makeOwn(false, null)))}>{t('other-device-use')}</Button></div>
      </Card>
      <Card>
        <h2>{t('start-over-title')}</h2>
        <p>{t('start-over-why')}</p>
        <div><Button onClick={() => lose(true)}>{t('start-over')}</Button></div>
      </Card>
      {losing && <StartOver close={() => lose(false)} />}
    </>
  );
}

/** After a reload the password is not at hand any more, and without it nothing new can be backed up: it is asked for. */
function usePassword(): { field: ComponentChildren; wrap: () => Promise<Bytes | null> } {
  const [needed] = useState(() => !keys.hasPassword());
  const [password, setPassword] = useState('');
  const field = needed && <Field label={t('password')} type="password" value={password} onInput={setPassword} autocomplete="current-password" required maxLength={512} />;
  const wrap = async (): Promise<Bytes | null> => {
    const who = me.peek();
    return needed && who?.kind === 'person' ? rightPassword(who.login, password) : null;
  };
  return { field, wrap };
}

/** The code from paper; the password that was just used opens the keys afterwards. */
export function Code() {
  const [typed, setTyped] = useState('');
  const password = usePassword();
  const task = useTask();
  const recover = (): void =>
    task.run(async () => {
      const { NotOpened } = await keys.machinery();
      const wrap = await password.wrap();
      try {
        await keys.withHolder((holder) => holder.recover(typed, wrap));
        toast(t('recovered'));
      } catch (error) {
        throw error instanceof NotOpened ? new Problem('bad_code', 0, t('recovery-wrong')) : error;
      }
    });
  return (
    <Card>
      <h2>{t('recovery-use-title')}</h2>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); recover(); }}>
        {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
        <Field label={t('recovery-code')} hint={t('recovery-code-hint')} value={typed} onInput={setTyped} exact required maxLength={60} />
        {password.field}
        <Button kind="primary" submit busy={task.busy}>{task.busy ? t('checking') : t('recovery-use')}</Button>
      </form>
    </Card>
  );
}

export function StartOver({ close }: { close: () => void }) {
  const password = usePassword();
  const task = useTask();
  const start = (): void =>
    task.run(async () => {
      const wrap = await password.wrap();
      await keys.withHolder((holder) => holder.makeOwn(true, wrap));
    });
  return (
    <Dialog title={t('start-over-sure-title')} onClose={close}>
      <p>{t('start-over-lost')}</p>
      <Losing />
      <p>{t('start-over-kept')}</p>
      <p>{t('start-over-told')}</p>
      {password.field}
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      <div class="actions">
        <Button kind="primary" onClick={close}>{t('start-over-not')}</Button>
        <Button kind="stop" busy={task.busy} onClick={start}>{t('start-over-yes')}</Button>
      </div>
    </Dialog>
  );
}
