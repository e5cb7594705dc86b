/** The desk's home: today's visits, and starting one for a doctor and a patient. */
import { Plus } from 'lucide';
import { useEffect, useState } from 'preact/hooks';

import { api, type Person } from '../api.ts';
import { t } from '../i18n.ts';
import { useTask } from '../task.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Choose } from '../ui/field.tsx';
import { Page } from '../ui/page.tsx';
import { Badge, Empty, Notice, Skeleton, Table } from '../ui/parts.tsx';
import { toast } from '../ui/toast.tsx';
import { useVisits, type Visits } from '../visits.ts';
import type { VisitView } from '../wire.ts';
import { HomeLinks } from './home-links.tsx';
import { whenOf } from './visit-row.tsx';

export function DeskHome() {
  const visits = useVisits();
  const [starting, start] = useState(false);
  const all = visits.list.value;
  return (
    <Page heading={t('desk-title')}>
      <div><Button kind="primary" icon={Plus} onClick={() => start(true)}>{t('start-visit')}</Button></div>
      {visits.problem.value !== null && <Notice meaning="stop" alert><p>{visits.problem.value}</p></Notice>}
      {all === null && visits.problem.value === null && <Skeleton rows={6} />}
      {all?.length === 0 && <Empty title={t('desk-empty')}><p>{t('desk-empty-hint')}</p></Empty>}
      {all !== null && all.length > 0 && (
        <Table
          caption={t('desk-title')}
          head={[t('patient'), t('doctor'), t('started'), t('state'), t('in-room')]}
          rows={all.map((one) => ({ key: one.id, cells: cells(one) }))}
        />
      )}
      <HomeLinks />
      {starting && <StartVisit visits={visits} close={() => start(false)} />}
    </Page>
  );
}

function cells(visit: VisitView): preact.ComponentChildren[] {
  const meaning = visit.state === 'open' ? 'good' : visit.state === 'requested' ? 'wait' : 'note';
  return [
    <span dir="auto">{visit.patient}</span>,
    <span dir="auto">{visit.doctor.name}</span>,
    whenOf(visit),
    <Badge meaning={meaning}>{t(`state-${visit.state}`)}</Badge>,
    visit.state === 'open' ? t('people-here', { count: visit.here }) : '',
  ];
}

function StartVisit({ visits, close }: { visits: Visits; close: () => void }) {
  const [people, setPeople] = useState<{ patients: Person[]; doctors: Person[] } | null>(null);
  const [patient, setPatient] = useState('');
  const [doctor, setDoctor] = useState('');
  const task = useTask();
  useEffect(() => task.run(async () => {
    const [patients, doctors] = await Promise.all([api.people('patient'), api.people('doctor')]);
    setPeople({ patients, doctors });
  }), []);
  const start = (): void =>
    task.run(async () => {
      visits.put(await api.makeVisit({ patient, doctor }));
      toast(t('desk-started'));
      close();
    });
  const options = (list: Person[]): { value: string; label: string }[] => [
    { value: '', label: t('choose') },
    ...list.map((one) => ({ value: one.id, label: one.department === null ? one.name : `${one.name} · ${one.department}` })),
  ];
  return (
    <Dialog title={t('start-visit')} onClose={close}>
      {people === null && task.error === null && <Skeleton />}
      <form class="stack" onSubmit={(event) => { event.preventDefault(); start(); }}>
        {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
        {people !== null && (
          <>
            <Choose label={t('patient')} value={patient} onChange={setPatient} options={options(people.patients)} />
            <Choose label={t('doctor')} value={doctor} onChange={setDoctor} options={options(people.doctors)} />
            <Button kind="primary" submit disabled={patient === '' || doctor === ''} busy={task.busy}>{t('start-the-visit')}</Button>
          </>
        )}
      </form>
    </Dialog>
  );
}
