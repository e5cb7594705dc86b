/** A patient's home: the visit to join now, how to ask for one, and those that were. */
import { MessageCircle } from 'lucide';
import { useEffect, useState } from 'preact/hooks';

import { api, type Person } from '../api.ts';
import { registrationOf } from '../doctor.ts';
import { t } from '../i18n.ts';
import { isCurrent } from '../order.ts';
import { later } from '../later.tsx';
import { useTask } from '../task.ts';
import { withTexts } from '../texts.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Page } from '../ui/page.tsx';
import { Card, Empty, Notice, Skeleton } from '../ui/parts.tsx';
import { toast } from '../ui/toast.tsx';
import { useVisits, type Visits } from '../visits.ts';
import type { VisitView } from '../wire.ts';
import { DoctorLine } from './doctor-line.tsx';
import { HomeLinks } from './home-links.tsx';
import { KeyNotice, RecoveryCard } from './key-card.tsx';
import { OnceOpen } from './not-yet.tsx';
import { JoinLink, PastVisits, whenOf } from './visit-row.tsx';

/** Who asks for something, and who looked in an emergency. */
const Asks = later<object>(async () => (await withTexts('consent', import('./consents/on-home.tsx'))).OnHome);

/** The children somebody answers for. */
const Children = later<object>(async () => (await withTexts('family', import('./family/on-home.tsx'))).Children);

export function PatientHome() {
  const visits = useVisits();
  const [asking, ask] = useState(false);
  const all = visits.list.value;
  const current = all?.filter(isCurrent) ?? [];
  return (
    <Page heading={t('patient-title')}>
      <Asks />
      <KeyNotice />
      {visits.problem.value !== null && <Notice meaning="stop" alert><p>{visits.problem.value}</p></Notice>}
      {all === null && visits.problem.value === null && <Skeleton />}
      {current.map((one) => <Current key={one.id} visit={one} visits={visits} />)}
      {all !== null && current.length === 0 && <Empty title={t('patient-empty')}><p>{t('patient-empty-hint')}</p></Empty>}
      {all !== null && (
        <div>
          <Button kind={current.length === 0 ? 'primary' : 'plain'} icon={MessageCircle} onClick={() => ask(true)}>{t('ask-visit')}</Button>
        </div>
      )}
      <Children />
      <RecoveryCard />
      <HomeLinks />
      {all !== null && <PastVisits visits={all.filter((one) => !isCurrent(one))} title={(one) => one.doctor.name} note={(one) => registrationOf(one.doctor)} />}
      {asking && <AskDoctor visits={visits} close={() => ask(false)} />}
    </Page>
  );
}

function Current({ visit, visits }: { visit: VisitView; visits: Visits }) {
  const task = useTask();
  const takeBack = (): void => task.run(async () => visits.put(await api.decline(visit.id)));
  return (
    <Card strong>
      <p class="quiet">{visit.state === 'open' ? t(visit.planned_at === null ? 'visit-open-with' : 'visit-planned') : t('visit-asked')}</p>
      <p class="card-title" dir="auto">{visit.doctor.name}</p>
      <p class="quiet">{[visit.doctor.department, whenOf(visit)].filter(Boolean).join(' · ')}</p>
      <DoctorLine doctor={visit.doctor} />
      {visit.state === 'open' ? (
        <>
          {visit.here > 0 && <Notice meaning="good"><p>{t('somebody-is-there')}</p></Notice>}
          <OnceOpen visit={visit}><JoinLink visit={visit} other={visit.doctor.name} big /></OnceOpen>
          <p class="hint">{t('do-not-travel')}</p>
        </>
      ) : (
        <>
          <Notice meaning="wait"><p>{t('waiting-accept', { name: visit.doctor.name })}</p></Notice>
          <Button busy={task.busy} onClick={takeBack}>{t('take-back')}</Button>
        </>
      )}
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
    </Card>
  );
}

function AskDoctor({ visits, close }: { visits: Visits; close: () => void }) {
  const [doctors, setDoctors] = useState<Person[] | null>(null);
  const task = useTask();
  useEffect(() => task.run(async () => setDoctors(await api.people('doctor'))), []);
  const ask = (doctor: Person): void =>
    task.run(async () => {
      visits.put(await api.makeVisit({ doctor: doctor.id }));
      toast(t('asked', { name: doctor.name }));
      close();
    });
  return (
    <Dialog title={t('ask-which')} onClose={close}>
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      {doctors === null && task.error === null && <Skeleton />}
      {doctors?.length === 0 && <Empty title={t('no-doctors')} />}
      <ul class="rows">
        {doctors?.map((one) => (
          <li key={one.id} class="row">
            <div class="row-main"><strong dir="auto">{one.name}</strong><span class="quiet">{one.department}</span></div>
            <Button kind="quiet" disabled={task.busy} name={t('ask-doctor', { name: one.name })} onClick={() => ask(one)}>{t('ask-verb')}</Button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
