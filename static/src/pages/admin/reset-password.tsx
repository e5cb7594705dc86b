/** A new password for somebody who forgot theirs. */
import { useState } from 'preact/hooks';

import { api, type Person } from '../../api.ts';
import { t } from '../../i18n.ts';
import { newPassword } from '../../stretching.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { Notice } from '../../ui/parts.tsx';
import { toast } from '../../ui/toast.tsx';

/** Says what it costs: their password backup no longer opens. */
export function ResetPassword({ person, close }: { person: Person; close: () => void }) {
  const [password, setPassword] = useState('');
  const task = useTask();
  const send = (): void =>
    task.run(async () => {
      const { kdf, key } = await newPassword(password);
      await api.resetPassword(person.id, { kdf, key });
      setPassword('');
      toast(t('reset-done', { name: person.name }));
      close();
    });
  const sealed = person.role === 'doctor' || person.role === 'patient';
  return (
    <Dialog title={t('reset-name', { name: person.name })} onClose={close}>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); send(); }}>
        <p>{t('reset-hint')}</p>
        {sealed && <Notice meaning="wait"><p>{t('reset-cost', { name: person.name })}</p></Notice>}
        {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
        <Field label={t('new-password')} hint={t('password-hint')} type="password" value={password} onInput={setPassword} autocomplete="new-password" required maxLength={512} />
        <Button kind="primary" submit busy={task.busy}>{task.busy ? t('checking') : t('reset-do')}</Button>
      </form>
    </Dialog>
  );
}
