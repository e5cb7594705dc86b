/** Another password: checked, stretched and the backups sealed anew, all in this browser. */
import { useState } from 'preact/hooks';

import { t } from '../../i18n.ts';
import { changePassword } from '../../sign-in.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { Notice } from '../../ui/parts.tsx';
import { toast } from '../../ui/toast.tsx';
import { me } from '../../who.ts';

export function ChangePassword({ open }: { open?: boolean }) {
  return open === true ? <Form /> : <details><summary>{t('change-password')}</summary><Form /></details>;
}

function Form() {
  const [before, setBefore] = useState('');
  const [after, setAfter] = useState('');
  const task = useTask();
  const change = (): void =>
    task.run(async () => {
      const who = me.value;
      if (who?.kind !== 'person') return;
      await changePassword(who.login, before, after);
      setBefore('');
      setAfter('');
      toast(t('password-changed'));
    });
  return (
    <form class="stack" onSubmit={(event) => { event.preventDefault(); change(); }}>
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      <Field label={t('old-password')} type="password" value={before} onInput={setBefore} autocomplete="current-password" required maxLength={512} />
      <Field label={t('new-password')} hint={t('password-hint')} type="password" value={after} onInput={setAfter} autocomplete="new-password" required maxLength={512} />
      <div><Button kind="primary" submit busy={task.busy}>{task.busy ? t('checking') : t('change-password')}</Button></div>
    </form>
  );
}
