/** The first start: the one-time link the server printed makes the first administrator. */
import { useState } from 'preact/hooks';

import { api } from '../api.ts';
import { t } from '../i18n.ts';
import { go } from '../router.ts';
import { enter } from '../sign-in.ts';
import { newPassword } from '../stretching.ts';
import { useTask } from '../task.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { Page } from '../ui/page.tsx';
import { Card, Notice } from '../ui/parts.tsx';
import { config } from '../who.ts';

export function SetupPage({ code }: { code: string }) {
  const [login, setLogin] = useState('');
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const task = useTask();
  const make = (): void =>
    task.run(async () => {
      const { kdf, key, wrap } = await newPassword(password);
      const standing = await api.setUp({ code, login: login.trim(), name: name.trim(), kdf, key });
      setPassword('');
      config.value = await api.config();
      go('/', true);
      await enter(standing, wrap);
    });
  return (
    <Page heading={t('setup-title')} narrow>
      <p>{t('setup-why')}</p>
      <Card>
        <form class="stack" onSubmit={(event) => { event.preventDefault(); make(); }}>
          {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
          <Field label={t('your-name')} value={name} onInput={setName} autocomplete="name" required maxLength={100} />
          <Field label={t('user-name')} value={login} onInput={setLogin} autocomplete="username" required maxLength={64} />
          <Field label={t('password')} hint={t('password-hint')} type="password" value={password} onInput={setPassword} autocomplete="new-password" required maxLength={1000} />
          <Button kind="primary" submit wide busy={task.busy}>{task.busy ? t('checking') : t('setup-do')}</Button>
        </form>
      </Card>
    </Page>
  );
}
