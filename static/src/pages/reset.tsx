/** A forgotten password: a code to the phone or mailbox of the account, the second step if there is one, and a new password. */
import './door/door.css';

import { useState } from 'preact/hooks';

import { Problem } from '../api.ts';
import { doorServer, type Sent } from '../door/server.ts';
import { codeOf, recoveryOf } from '../door/typed.ts';
import { t } from '../i18n.ts';
import { newPassword } from '../stretching.ts';
import { useTask } from '../task.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { Page } from '../ui/page.tsx';
import { Notice } from '../ui/parts.tsx';
import { config } from '../who.ts';
import { CodeField, SendAgain, wholeCode } from './door/code-form.tsx';

export function ResetPage() {
  const [login, setLogin] = useState('');
  const [sent, setSent] = useState<Sent | null>(null);
  const [done, finish] = useState(false);
  if (done) {
    return (
      <Page key="done" heading={t('reset-done-title')} narrow>
        <Notice meaning="good"><p>{t('reset-done-why')}</p></Notice>
        <p>{t('reset-done-keys')}</p>
        <div><a class="button primary" href="/login">{t('sign-in')}</a></div>
      </Page>
    );
  }
  if (sent !== null) return <NewPassword login={login} sent={sent} again={setSent} done={() => finish(true)} over={() => setSent(null)} />;
  return <Start login={login} setLogin={setLogin} sent={setSent} />;
}

function Start({ login, setLogin, sent }: { login: string; setLogin: (login: string) => void; sent: (sent: Sent) => void }) {
  const task = useTask();
  const start = (): void => task.run(async () => sent(await doorServer.startReset(login.trim())));
  return (
    <Page key="start" heading={t('reset-title')} narrow>
      <p>{t('reset-how')}</p>
      <Notice meaning="wait">
        <p><strong>{t('reset-sealed-title')}</strong></p>
        <p>{t('reset-sealed')}</p>
        <p>{t('reset-sealed-lost')}</p>
      </Notice>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); start(); }}>
        {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
        <Field label={t('user-name')} value={login} onInput={setLogin} autocomplete="username" required maxLength={200} />
        <Button kind="primary" submit wide busy={task.busy}>{task.busy ? t('sending') : t('code-send')}</Button>
      </form>
      <p><a href="/login">{t('reset-not')}</a></p>
    </Page>
  );
}

function NewPassword({ login, sent, again, done, over }: { login: string; sent: Sent; again: (sent: Sent) => void; done: () => void; over: () => void }) {
  const [code, setCode] = useState('');
  const [factor, setFactor] = useState<string | null>(null);
  const [password, setPassword] = useState('');
  const [spent, setSpent] = useState(false);
  const task = useTask();
  const set = (): void =>
    task.run(async () => {
      const typed = wholeCode(code);
      const second = factor === null ? null : (codeOf(factor) ?? recoveryOf(factor));
      if (factor !== null && second === null) throw new Problem('bad_code', 0, t('factor-shape'));
      const { kdf, key } = await newPassword(password);
      try {
        await doorServer.finishReset({ id: sent.id, code: typed, kdf, key, ...(second === null ? {} : { factor: second }) });
        done();
      } catch (error) {
        if (error instanceof Problem && error.code === 'factor_needed' && factor === null) return setFactor('');
        setSpent(error instanceof Problem && error.code === 'code_spent');
        throw error;
      }
    });
  return (
    <Page key="new" heading={t('reset-new-title')} narrow>
      <p>{t('reset-sent', { login })}</p>
      <form class="stack" noValidate onSubmit={(event) => { event.preventDefault(); set(); }}>
        {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p>{spent && <Button onClick={over}>{t('reset-again')}</Button>}</Notice>}
        <CodeField label={t('code')} hint={t('code-hint')} value={code} onInput={setCode} />
        {factor !== null && (
          <>
            <Notice meaning="note" alert><p>{t('problem-factor-needed')}</p></Notice>
            <Field label={t('factor')} hint={t('factor-hint')} value={factor} onInput={setFactor} autocomplete="off" exact required autofocus maxLength={40} />
          </>
        )}
        <input class="unseen" type="text" name="username" autocomplete="username" value={login} readOnly tabIndex={-1} aria-hidden="true" />
        <Field label={t('new-password')} hint={t('password-hint')} type="password" value={password} onInput={setPassword} autocomplete="new-password" required maxLength={512} />
        <Button kind="primary" submit wide busy={task.busy}>{task.busy ? t('checking') : t('reset-do')}</Button>
      </form>
      <SendAgain sent={sent} again={again} />
      {config.value?.messages === true && <p><a href="/messages" target="_blank" rel="noopener">{t('messages-open')}</a></p>}
    </Page>
  );
}
