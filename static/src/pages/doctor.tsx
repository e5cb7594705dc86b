/** A doctor's home: who is there or asks now, how to start a visit, and those that were. */
import { Plus } from 'lucide';
import { useEffect, useState } from 'preact/hooks';

import { api, type Person } from '../api.ts';
import { t } from '../i18n.ts';
import { isCurrent } from '../order.ts';
import { go, visitPath } from '../router.ts';
import { useTask } from '../task.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { Page } from '../ui/page.tsx';
import { Empty, Notice, Skeleton } from '../ui/parts.tsx';
import { useVisits, type Visits } from '../visits.ts';
import type { VisitView } from '../wire.ts';
import { HomeLinks } from './home-links.tsx';
import { KeyNotice, RecoveryCard } from './key-card.tsx';
import { JoinLink, PastVisits, VisitRow } from './visit-row.tsx';

export function DoctorHome() {
  const visits = useVisits();
  const [starting, start] = useState(false);
  const all = visits.list.value;
  const current = all?.filter(isCurrent) ?? [];
  return (
    <Page heading={t('doctor-title')}>
      <div><Button kind={current.length === 0 ? 'primary' : 'plain'} icon={Plus} onClick={() => start(true)}>{t('start-visit')}</Button></div>
      <KeyNotice />
      {visits.problem.value !== null && <Notice meaning="stop" alert><p>{visits.problem.value}</p></Notice>}
      {all === null && visits.problem.value === null && <Skeleton />}
      {all !== null && current.length === 0 && <Empty title={t('doctor-empty')}><p>{t('doctor-empty-hint')}</p></Empty>}
      {current.length > 0 && (
        <section class="stack">
          <h2>{t('now')}</h2>
          <ul class="rows">{current.map((one) => <Current key={one.id} visit={one} visits={visits} />)}</ul>
        </section>
      )}
      <RecoveryCard />
      <HomeLinks />
      {all !== null && <PastVisits visits={all.filter((one) => !isCurrent(one))} title={(one) => one.patient} />}
      {starting && <StartVisit close={() => start(false)} />}
    </Page>
  );
}

function Current({ visit, visits }: { visit: VisitView; visits: Visits }) {
  const task = useTask();
  const accept = (): void => task.run(async () => visits.put(await api.accept(visit.id)));
  const decline = (): void => task.run(async () => visits.put(await api.decline(visit.id)));
  return (
    <>
      <VisitRow visit={visit} title={visit.patient}>
        {visit.state === 'open' && visit.here > 0 && <span class="here">{t('people-here', { count: visit.here })}</span>}
        {visit.state === 'open' ? (
          <JoinLink visit={visit} other={visit.patient} />
        ) : (
          <>
            <Button kind="primary" busy={task.busy} name={t('with-who', { label: t('accept'), name: visit.patient })} onClick={accept}>{t('accept')}</Button>
            <Button busy={task.busy} name={t('with-who', { label: t('decline'), name: visit.patient })} onClick={decline}>{t('decline')}</Button>
          </>
        )}
      </VisitRow>
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
    </>
  );
}

function StartVisit({ close }: { close: () => void }) {
  const [patients, setPatients] = useState<Person[] | null>(null);
  const [search, setSearch] = useState('');
  const task = useTask();
  useEffect(() => task.run(async () => setPatients(await api.people('patient'))), []);
  const start = (patient: Person): void =>
    task.run(async () => go(visitPath((await api.makeVisit({ patient: patient.id })).id)));
  const found = patients?.filter((one) => one.name.toLocaleLowerCase().includes(search.trim().toLocaleLowerCase())) ?? [];
  return (
    <Dialog title={t('start-visit')} onClose={close}>
      <Field label={t('find-patient')} type="search" value={search} onInput={setSearch} />
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      {patients === null && task.error === null && <Skeleton />}
      {patients !== null && found.length === 0 && <Empty title={t('nobody-found')}><p>{t('nobody-found-hint')}</p></Empty>}
      <ul class="rows">
        {found.map((one) => (
          <li key={one.id} class="row">
            <div class="row-main"><strong dir="auto">{one.name}</strong></div>
            <Button kind="quiet" disabled={task.busy} name={t('start-with', { name: one.name })} onClick={() => start(one)}>{t('start-verb')}</Button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
