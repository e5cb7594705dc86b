/** The door: user name and password, and the demo people where this is a demo. */
import { useEffect, useState } from 'preact/hooks';

import type { DemoLogin } from '../api.ts';
import { t } from '../i18n.ts';
import { path } from '../router.ts';
import { signIn } from '../sign-in.ts';
import { stretching } from '../stretching.ts';
import { useTask } from '../task.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { Page } from '../ui/page.tsx';
import { Card, Notice } from '../ui/parts.tsx';
import { config, wasEnded } from '../who.ts';

export function LoginPage() {
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const task = useTask();
  const enter = (name: string, secret: string): void =>
    task.run(async () => {
      await signIn(name.trim(), secret);
      setPassword('');
    });
  const use = (one: DemoLogin): void => {
    setLogin(one.login);
    setPassword(one.password ?? '');
    if (one.password !== null) enter(one.login, one.password);
  };
  const settings = config.value;
  useEffect(() => void stretching().catch(() => undefined), []);
  return (
    <Page heading={t('login-title')} narrow>
      {settings?.setup_needed === true && <Notice meaning="note"><p>{t('login-setup-needed')}</p></Notice>}
      {wasEnded.value && <Notice meaning="note"><p>{t('login-ended')}</p></Notice>}
      {path.value.startsWith('/visit/') && <Notice meaning="note"><p>{t('login-guest-hint')}</p></Notice>}
      <Card>
        <form class="stack" onSubmit={(event) => { event.preventDefault(); enter(login, password); }}>
          {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
          <Field label={t('user-name')} value={login} onInput={setLogin} autocomplete="username" required maxLength={200} />
          <Field label={t('password')} type="password" value={password} onInput={setPassword} autocomplete="current-password" required maxLength={1000} />
          <Button kind="primary" submit wide busy={task.busy}>{task.busy ? t('checking') : t('sign-in')}</Button>
        </form>
      </Card>
      <nav class="actions" aria-label={t('more')}>
        <a class="button" href="/register">{t('register-link')}</a>
        <a class="button quiet" href="/reset">{t('reset-link')}</a>
        {settings?.messages === true && <a class="button quiet" href="/messages">{t('messages-open')}</a>}
      </nav>
      {settings?.demo != null && <Demo people={settings.demo} busy={task.busy} use={use} />}
    </Page>
  );
}

function Demo({ people, busy, use }: { people: DemoLogin[]; busy: boolean; use: (one: DemoLogin) => void }) {
  return (
    <section class="stack">
      <h2>{t('demo-title')}</h2>
      <p class="quiet">{t('demo-hint')}</p>
      <ul class="rows">
        {people.map((one) => (
          <li key={one.login} class="row">
            <div class="row-main">
              <strong dir="auto">{one.name ?? one.login}</strong>
              <span class="quiet">{[one.login, one.role === null ? null : t(`role-${one.role}`), one.department].filter(Boolean).join(' · ')}</span>
            </div>
            <Button kind="quiet" disabled={busy} name={t('demo-use', { login: one.login })} onClick={() => use(one)}>{t('use')}</Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
