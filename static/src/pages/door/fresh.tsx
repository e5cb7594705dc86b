/** The question that grave things ask first: the second step once more, or the password where there is none. */
import { useState } from 'preact/hooks';

import { Problem } from '../../api.ts';
import { doorServer } from '../../door/server.ts';
import { freshAsked } from '../../fresh.ts';
import { t } from '../../i18n.ts';
import { stretched } from '../../stretching.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { Notice } from '../../ui/parts.tsx';
import { me } from '../../who.ts';
import { FactorForm } from './code-form.tsx';

export function FreshDialog() {
  const who = me.value;
  const answer = (done: boolean): void => freshAsked.peek()?.answer(done);
  if (who?.kind !== 'person') return null;
  const prove = async (proof: { code: string } | { key: string }): Promise<void> => {
    await doorServer.fresh(proof);
    answer(true);
  };
  return (
    <Dialog title={t('fresh-title')} onClose={() => answer(false)}>
      <p>{t('fresh-why')}</p>
      {who.second_factor === true
        ? <FactorForm submit={t('continue')} send={(code) => prove({ code })} />
        : <PasswordForm login={who.login} send={(key) => prove({ key })} />}
    </Dialog>
  );
}

function PasswordForm({ login, send }: { login: string; send: (key: string) => Promise<void> }) {
  const [password, setPassword] = useState('');
  const task = useTask();
  const go = (): void =>
    task.run(async () => {
      try {
        await send((await stretched(login, password)).key);
      } catch (error) {
        if (error instanceof Problem && error.code === 'wrong_login') throw new Problem(error.code, error.status, t('lock-wrong'));
        throw error;
      }
    });
  return (
    <form class="stack" onSubmit={(event) => { event.preventDefault(); go(); }}>
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      <Field label={t('password')} type="password" value={password} onInput={setPassword} autocomplete="current-password" required maxLength={512} />
      <Button kind="primary" submit wide busy={task.busy}>{task.busy ? t('checking') : t('continue')}</Button>
    </form>
  );
}
