/** What lies over a locked page: whose it is, and the password that opens it. What was typed stays underneath. */
import './door.css';

import { LockKeyhole } from 'lucide';
import { useEffect, useRef, useState } from 'preact/hooks';

import { Problem } from '../../api.ts';
import { t } from '../../i18n.ts';
import { isLocked, unlock } from '../../lock.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { Icon } from '../../ui/icon.tsx';
import { SignOut } from '../../ui/page.tsx';
import { Notice } from '../../ui/parts.tsx';
import { door, me } from '../../who.ts';

/** In front of everything, dialogs too: the browser's own dialog, which here doesn't close. */
export function LockedPage() {
  const dialog = useRef<HTMLDialogElement>(null);
  const at = door.value;
  useEffect(() => {
    const [before, title] = [document.activeElement, document.title];
    dialog.current?.showModal();
    document.title = t('title-of', { page: t('locked-title') });
    return () => {
      document.title = title;
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const stay = (): void => {
    if (isLocked()) dialog.current?.showModal();
  };
  if (at?.kind !== 'locked') return null;
  return (
    <dialog ref={dialog} class="lock" aria-labelledby="lock-title" onCancel={(event) => event.preventDefault()} onClose={stay}>
      <main class="lock-page">
        <Icon of={LockKeyhole} size={40} />
        <h1 id="lock-title">{t('locked-title')}</h1>
        <p>{me.value == null ? t('lock-why') : t('lock-why-typed')}</p>
        <Password name={at.name} login={at.login} />
        <SignOut label={t('lock-not-me', { name: at.name })} />
      </main>
    </dialog>
  );
}

function Password({ name, login }: { name: string; login: string }) {
  const [password, setPassword] = useState('');
  const task = useTask();
  const open = (): void =>
    task.run(async () => {
      try {
        await unlock(password);
      } catch (error) {
        if (error instanceof Problem && error.code === 'wrong_login') throw new Problem(error.code, error.status, t('lock-wrong'));
        throw error;
      }
    });
  return (
    <form class="stack" onSubmit={(event) => { event.preventDefault(); open(); }}>
      <p><strong dir="auto">{name}</strong><br /><span class="quiet">{login}</span></p>
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      <input class="unseen" type="text" name="username" autocomplete="username" value={login} readOnly tabIndex={-1} aria-hidden="true" />
      <Field label={t('password')} type="password" value={password} onInput={setPassword} autocomplete="current-password" required autofocus maxLength={512} />
      <Button kind="primary" submit wide busy={task.busy}>{task.busy ? t('checking') : t('lock-open')}</Button>
    </form>
  );
}
