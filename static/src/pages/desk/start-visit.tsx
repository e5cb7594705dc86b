/** Starting a visit at the desk: for somebody with an account, or with only a phone. */
import { useEffect, useState } from 'preact/hooks';

import { api, type Person, type PhonePatient } from '../../api.ts';
import { t } from '../../i18n.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Choose } from '../../ui/field.tsx';
import { Notice, Skeleton } from '../../ui/parts.tsx';
import type { VisitView } from '../../wire.ts';
import { PhoneVisit, TimeField } from '../links/phone-visit.tsx';

type Started = (visit: VisitView, phone?: PhonePatient) => void;

interface People {
  patients: Person[];
  doctors: Person[];
}

export function StartVisit({ started, close }: { started: Started; close: () => void }) {
  const [people, setPeople] = useState<People | null>(null);
  const [how, setHow] = useState<'account' | 'phone'>('account');
  const task = useTask();
  useEffect(() => task.run(async () => {
    const [patients, doctors] = await Promise.all([api.people('patient'), api.people('doctor')]);
    setPeople({ patients, doctors });
  }), []);
  return (
    <Dialog title={t('start-visit')} onClose={close}>
      {people === null && task.error === null && <Skeleton />}
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      {people !== null && (
        <>
          <Choose
            label={t('visit-whose')}
            value={how}
            onChange={(word) => setHow(word === 'phone' ? 'phone' : 'account')}
            options={[{ value: 'account', label: t('visit-whose-account') }, { value: 'phone', label: t('visit-whose-phone') }]}
          />
          {how === 'account' ? <WithAccount people={people} started={started} /> : <WithPhone doctors={people.doctors} started={started} />}
        </>
      )}
    </Dialog>
  );
}

function options(list: readonly Person[]): { value: string; label: string }[] {
  return [
    { value: '', label: t('choose') },
    ...list.map((one) => ({ value: one.id, label: one.department === null ? one.name : `${one.name} · ${one.department}` })),
  ];
}

function WithAccount({ people, started }: { people: People; started: Started }) {
  const [patient, setPatient] = useState('');
  const [doctor, setDoctor] = useState('');
  const [at, setAt] = useState('');
  const task = useTask();
  const start = (): void =>
    task.run(async () => started(await api.makeVisit({ patient, doctor, ...(at === '' ? {} : { at: new Date(at).getTime() }) })));
  return (
    <form class="stack" onSubmit={(event) => { event.preventDefault(); start(); }}>
      <Choose label={t('patient')} value={patient} onChange={setPatient} options={options(people.patients)} />
      <Choose label={t('doctor')} value={doctor} onChange={setDoctor} options={options(people.doctors)} />
      <TimeField at={at} choose={setAt} />
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      <Button kind="primary" submit disabled={patient === '' || doctor === ''} busy={task.busy}>{t('start-the-visit')}</Button>
    </form>
  );
}

function WithPhone({ doctors, started }: { doctors: readonly Person[]; started: Started }) {
  const [doctor, setDoctor] = useState('');
  return (
    <PhoneVisit doctor={doctor} ready={doctor !== ''} made={started}>
      <Choose label={t('doctor')} value={doctor} onChange={setDoctor} options={options(doctors)} />
    </PhoneVisit>
  );
}
