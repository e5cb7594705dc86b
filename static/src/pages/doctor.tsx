/** A doctor's home: who is there or asks now, how to start a visit, and those that were. */
import { Plus } from 'lucide';
import { useState } from 'preact/hooks';

import { api, type PhonePatient } from '../api.ts';
import { credentials, isActive } from '../credentials.ts';
import { t } from '../i18n.ts';
import { useLoaded } from '../loaded.tsx';
import { isCurrent } from '../order.ts';
import { useTask } from '../task.ts';
import { Button } from '../ui/button.tsx';
import { Page } from '../ui/page.tsx';
import { Empty, Notice, Skeleton } from '../ui/parts.tsx';
import { useVisits, type Visits } from '../visits.ts';
import type { VisitView } from '../wire.ts';
import { StartVisit } from './doctor/start-visit.tsx';
import { RegistrationNotice } from './doctor/registration-notice.tsx';
import { HomeLinks } from './home-links.tsx';
import { KeyNotice, RecoveryCard } from './key-card.tsx';
import { LinksDialog } from './links/dialog.tsx';
import { OnceOpen } from './not-yet.tsx';
import { JoinLink, PastVisits, VisitRow } from './visit-row.tsx';

/** The visit whose links are shown, and what is known of its patient's phone. */
interface Linking {
  visit: VisitView;
  phone?: PhonePatient;
}

export function DoctorHome() {
  const visits = useVisits();
  const own = useLoaded(async () => ({ credential: await credentials.own() }));
  const [starting, start] = useState(false);
  const [linking, link] = useState<Linking | null>(null);
  const all = visits.list.value;
  // Until we know, the server says no by itself.
  const may = own.value === null || (own.value.credential !== null && isActive(own.value.credential.state));
  const current = all?.filter(isCurrent) ?? [];
  return (
    <Page heading={t('doctor-title')}>
      {own.value !== null && <RegistrationNotice credential={own.value.credential} />}
      {may && <div><Button kind={current.length === 0 ? 'primary' : 'plain'} icon={Plus} onClick={() => start(true)}>{t('start-visit')}</Button></div>}
      <KeyNotice />
      {visits.problem.value !== null && <Notice meaning="stop" alert><p>{visits.problem.value}</p></Notice>}
      {all === null && visits.problem.value === null && <Skeleton />}
      {all !== null && current.length === 0 && <Empty title={t('doctor-empty')}><p>{t('doctor-empty-hint')}</p></Empty>}
      {current.length > 0 && (
        <section class="stack">
          <h2>{t('now')}</h2>
          <ul class="rows">{current.map((one) => <Current key={one.id} visit={one} visits={visits} may={may} link={() => link({ visit: one })} />)}</ul>
        </section>
      )}
      <RecoveryCard />
      <HomeLinks />
      {all !== null && <PastVisits visits={all.filter((one) => !isCurrent(one))} title={(one) => one.patient} />}
      {starting && <StartVisit close={() => start(false)} phoned={(visit, phone) => { visits.put(visit); start(false); link({ visit, phone }); }} />}
      {linking !== null && (
        <LinksDialog
          visit={linking.visit.id}
          patient={linking.visit.patient}
          close={() => link(null)}
          {...(linking.phone === undefined ? {} : { phone: linking.phone.phone, language: linking.phone.language })}
        />
      )}
    </Page>
  );
}

function Current({ visit, visits, may, link }: { visit: VisitView; visits: Visits; may: boolean; link: () => void }) {
  const task = useTask();
  const accept = (): void => task.run(async () => visits.put(await api.accept(visit.id)));
  const decline = (): void => task.run(async () => visits.put(await api.decline(visit.id)));
  return (
    <>
      <VisitRow visit={visit} title={visit.patient}>
        {visit.state === 'open' && visit.here > 0 && <span class="here">{t('people-here', { count: visit.here })}</span>}
        {visit.state === 'open' ? (
          <>
            <OnceOpen visit={visit}><JoinLink visit={visit} other={visit.patient} /></OnceOpen>
            <Button kind="quiet" name={t('links-of', { name: visit.patient })} onClick={link}>{t('links')}</Button>
          </>
        ) : (
          <>
            <Button kind="primary" disabled={!may} busy={task.busy} name={t('with-who', { label: t('accept'), name: visit.patient })} onClick={accept}>{t('accept')}</Button>
            <Button busy={task.busy} name={t('with-who', { label: t('decline'), name: visit.patient })} onClick={decline}>{t('decline')}</Button>
          </>
        )}
      </VisitRow>
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
    </>
  );
}
