/** Who has an account here: adding one, and changing what somebody may do. */
import { UserPlus } from 'lucide';
import { useState } from 'preact/hooks';

import { api, type Person } from '../../api.ts';
import { t } from '../../i18n.ts';
import { Show, useLoaded } from '../../loaded.tsx';
import { Button } from '../../ui/button.tsx';
import { Badge, Table } from '../../ui/parts.tsx';
import { toast } from '../../ui/toast.tsx';
import { AddPerson } from './add-person.tsx';
import { ChangePerson } from './person.tsx';
import { ResetPassword } from './reset-password.tsx';

type Open = { what: 'add' } | { what: 'change' | 'reset'; person: Person } | null;

export function PeopleSection() {
  const people = useLoaded(() => api.people());
  const [open, setOpen] = useState<Open>(null);
  const close = (): void => setOpen(null);
  const put = (one: Person): void => people.set((people.value ?? []).map((other) => (other.id === one.id ? one : other)));
  return (
    <>
      <div><Button kind="primary" icon={UserPlus} onClick={() => setOpen({ what: 'add' })}>{t('add-person')}</Button></div>
      <Show of={people} rows={6}>{(all) => (
        <Table
          caption={t('admin-title')}
          head={[t('name'), t('user-name'), t('role'), t('department'), '']}
          rows={all.map((one) => ({ key: one.id, cells: cells(one, setOpen) }))}
        />
      )}</Show>
      {open?.what === 'add' && (
        <AddPerson
          close={close}
          added={(one) => {
            people.set([...(people.value ?? []), one]);
            toast(t('person-added', { name: one.name }));
            close();
          }}
        />
      )}
      {open?.what === 'reset' && <ResetPassword person={open.person} close={close} />}
      {open?.what === 'change' && <ChangePerson person={open.person} close={close} changed={put} />}
    </>
  );
}

function cells(one: Person, open: (open: Open) => void): preact.ComponentChildren[] {
  return [
    <span><span dir="auto">{one.name}</span>{one.disabled === true && <> <Badge meaning="stop">{t('person-disabled')}</Badge></>}</span>,
    <code>{one.login ?? ''}</code>,
    t(`role-${one.role}`),
    one.department ?? '',
    <span class="actions">
      <Button kind="quiet" name={t('with-who', { label: t('change'), name: one.name })} onClick={() => open({ what: 'change', person: one })}>{t('change')}</Button>
      <Button kind="quiet" name={t('reset-name', { name: one.name })} onClick={() => open({ what: 'reset', person: one })}>{t('reset')}</Button>
    </span>,
  ];
}
