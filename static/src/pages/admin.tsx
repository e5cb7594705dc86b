/** The administrator's home: who has an account, and adding one. */
import { UserPlus } from 'lucide';
import { useEffect, useState } from 'preact/hooks';

import { api, type Person } from '../api.ts';
import { t } from '../i18n.ts';
import { newPassword } from '../stretching.ts';
import { useTask } from '../task.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Choose, Field } from '../ui/field.tsx';
import { Page } from '../ui/page.tsx';
import { Notice, Skeleton, Table } from '../ui/parts.tsx';
import { toast } from '../ui/toast.tsx';
import { type Role, ROLES } from '../wire.ts';
import { HomeLinks } from './home-links.tsx';

export function AdminHome() {
  const [people, setPeople] = useState<Person[] | null>(null);
  const [adding, add] = useState(false);
  const [resetting, reset] = useState<Person | null>(null);
  const task = useTask();
  useEffect(() => task.run(async () => setPeople(await api.people())), []);
  return (
    <Page heading={t('admin-title')}>
      <div><Button kind="primary" icon={UserPlus} onClick={() => add(true)}>{t('add-person')}</Button></div>
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      {people === null && task.error === null && <Skeleton rows={6} />}
      {people !== null && (
        <Table
          caption={t('admin-title')}
          head={[t('name'), t('user-name'), t('role'), t('department'), '']}
          rows={people.map((one) => ({
            key: one.id,
            cells: [<span dir="auto">{one.name}</span>, <code>{one.login ?? ''}</code>, t(`role-${one.role}`), one.department ?? '', <Button kind="quiet" name={t('reset-name', { name: one.name })} onClick={() => reset(one)}>{t('reset')}</Button>],
          }))}
        />
      )}
      {adding && (
        <AddPerson
          close={() => add(false)}
          added={(one) => {
            setPeople([...(people ?? []), one]);
            toast(t('person-added', { name: one.name }));
            add(false);
          }}
        />
      )}
      {resetting !== null && <ResetPassword person={resetting} close={() => reset(null)} />}
      <HomeLinks />
    </Page>
  );
}

/** For somebody who forgot theirs. Says what it costs: their password backup no longer opens. */
function ResetPassword({ person, close }: { person: Person; close: () => void }) {
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

function AddPerson({ close, added }: { close: () => void; added: (person: Person) => void }) {
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
        <Choose
          label={t('role')}
          value={role}
          onChange={(word) => setRole(ROLES.find((one) => one === word) ?? 'patient')}
          options={ROLES.map((one) => ({ value: one, label: t(`role-${one}`) }))}
        />
        <Field label={t('name')} hint={role === 'doctor' ? t('doctor-name-hint') : undefined} value={name} onInput={setName} required maxLength={100} />
        {role === 'doctor' && <Field label={t('department')} value={department} onInput={setDepartment} maxLength={100} />}
        <Field label={t('user-name')} value={login} onInput={setLogin} required maxLength={64} />
        <Field label={t('password')} hint={t('password-hint')} type="password" value={password} onInput={setPassword} autocomplete="new-password" required maxLength={1000} />
        <Button kind="primary" submit busy={task.busy}>{task.busy ? t('checking') : t('add')}</Button>
      </form>
    </Dialog>
  );
}
