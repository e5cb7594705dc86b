/** Adding somebody who is here in person: they get a user name and a first password. */
import { useState } from 'preact/hooks';

import { api, type Person } from '../../api.ts';
import { t } from '../../i18n.ts';
import { newPassword } from '../../stretching.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { Notice } from '../../ui/parts.tsx';
import { type Role, ROLES } from '../../wire.ts';
import { ChooseRole } from './choose-role.tsx';

export function AddPerson({ close, added }: { close: () => void; added: (person: Person) => void }) {
  const [login, setLogin] = useState('');
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('patient');
  const [department, setDepartment] = useState('');
  const [password, setPassword] = useState('');
  const task = useTask();
  const send = (): void =>
    task.run(async () => {
      const { kdf, key } = await newPassword(password);
      const fields = { login: login.trim(), name: name.trim(), role, kdf, key };
      const where = department.trim();
      added(await api.addPerson(role === 'doctor' && where !== '' ? { ...fields, department: where } : fields));
      setPassword('');
    });
  return (
    <Dialog title={t('add-person')} onClose={close}>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); send(); }}>
        {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
        <ChooseRole role={role} roles={ROLES} choose={setRole} />
        <Field label={t('name')} hint={role === 'doctor' ? t('doctor-name-hint') : undefined} value={name} onInput={setName} required maxLength={100} />
        {role === 'doctor' && <Field label={t('department')} value={department} onInput={setDepartment} maxLength={100} />}
        <Field label={t('user-name')} value={login} onInput={setLogin} required maxLength={64} exact />
        <Field label={t('password')} hint={t('password-hint')} type="password" value={password} onInput={setPassword} autocomplete="new-password" required maxLength={1000} />
        <Button kind="primary" submit busy={task.busy}>{task.busy ? t('checking') : t('add')}</Button>
      </form>
    </Dialog>
  );
}
