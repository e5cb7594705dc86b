/** Changing somebody: role and department, whether they may come in, and their second factor. */
import { useState } from 'preact/hooks';

import { api, type Person } from '../../api.ts';
import { t } from '../../i18n.ts';
import { type Task, useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { Notice } from '../../ui/parts.tsx';
import { Sure } from '../../ui/sure.tsx';
import { toast } from '../../ui/toast.tsx';
import { ROLES } from '../../wire.ts';
import { me } from '../../who.ts';
import { ChooseRole } from './choose-role.tsx';

interface ChangeProps {
  person: Person;
  close: () => void;
  changed: (person: Person) => void;
}

export function ChangePerson({ person, close, changed }: ChangeProps) {
  const task = useTask();
  const who = me.value;
  const self = who?.kind === 'person' && who.id === person.id;
  return (
    <Dialog title={t('change-name', { name: person.name })} onClose={close}>
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      <Work person={person} self={self} task={task} done={(one) => { changed(one); close(); }} />
      <Factor person={person} task={task} />
      {self ? <p class="quiet">{t('person-self')}</p> : <Entry person={person} task={task} changed={changed} />}
    </Dialog>
  );
}

function Work({ person, self, task, done }: { person: Person; self: boolean; task: Task; done: (person: Person) => void }) {
  const [role, setRole] = useState(person.role);
  const [department, setDepartment] = useState(person.department ?? '');
  const save = (): void =>
    task.run(async () => {
      const roleChange = role === person.role ? {} : { role };
      const next = await api.changePerson(person.id, { ...roleChange, department: department.trim() });
      toast(t('person-changed', { name: next.name }));
      done({ ...person, ...next });
    });
  return (
    <form class="stack" onSubmit={(event) => { event.preventDefault(); save(); }}>
      {!self && <ChooseRole role={role} roles={ROLES} choose={setRole} />}
      <Field label={t('department')} hint={role === 'doctor' ? t('department-hint') : undefined} value={department} onInput={setDepartment} maxLength={100} />
      {role !== person.role && <Notice meaning="wait"><p>{t('role-change-cost', { name: person.name })}</p></Notice>}
      <div><Button kind="primary" submit busy={task.busy}>{t('save')}</Button></div>
    </form>
  );
}

function Factor({ person, task }: { person: Person; task: Task }) {
  const reset = (): void =>
    task.run(async () => {
      await api.resetFactor(person.id);
      toast(t('factor-reset-done', { name: person.name }));
    });
  return (
    <section class="stack">
      <h3>{t('factor-title')}</h3>
      <p class="quiet">{t('factor-why')}</p>
      <div><Sure label={t('factor-reset')} yes={t('factor-reset-yes')} busy={task.busy} onYes={reset}>{t('factor-reset-sure', { name: person.name })}</Sure></div>
    </section>
  );
}

/** Whether they may come in at all. */
function Entry({ person, task, changed }: { person: Person; task: Task; changed: (person: Person) => void }) {
  const [out, setOut] = useState(person.disabled === true);
  const set = (disabled: boolean): void =>
    task.run(async () => {
      await (disabled ? api.disable(person.id) : api.enable(person.id));
      setOut(disabled);
      changed({ ...person, disabled });
      toast(t(disabled ? 'disabled-done' : 'enabled-done', { name: person.name }));
    });
  return (
    <section class="stack">
      <h3>{t('entry-title')}</h3>
      <p class="quiet">{out ? t('entry-off', { name: person.name }) : t('entry-on', { name: person.name })}</p>
      <div>
        {out
          ? <Button busy={task.busy} onClick={() => set(false)}>{t('enable')}</Button>
          : <Sure label={t('disable')} yes={t('disable-yes')} busy={task.busy} onYes={() => set(true)}>{t('disable-sure', { name: person.name })}</Sure>}
      </div>
    </section>
  );
}
