/** The desk's home: today's visits, starting one, and links into them. */
import { Plus } from 'lucide';
import { useState } from 'preact/hooks';

import type { PhonePatient } from '../api.ts';
import { t } from '../i18n.ts';
import { isCurrent } from '../order.ts';
import { Button } from '../ui/button.tsx';
import { Page } from '../ui/page.tsx';
import { Badge, Empty, Notice, Skeleton, Table } from '../ui/parts.tsx';
import { toast } from '../ui/toast.tsx';
import { useVisits } from '../visits.ts';
import type { VisitView } from '../wire.ts';
import { StartVisit } from './desk/start-visit.tsx';
import { HomeLinks } from './home-links.tsx';
import { LinksDialog } from './links/dialog.tsx';
import { whenOf } from './visit-row.tsx';

/** The visit whose links are shown, and what is known of its patient's phone. */
interface Linking {
  visit: VisitView;
  phone?: PhonePatient;
}

export function DeskHome() {
  const visits = useVisits();
  const [starting, start] = useState(false);
  const [linking, link] = useState<Linking | null>(null);
  const all = visits.list.value;
  const started = (visit: VisitView, phone?: PhonePatient): void => {
    visits.put(visit);
    toast(t(visit.planned_at === null ? 'desk-started' : 'desk-planned'));
    start(false);
    if (phone !== undefined) link({ visit, phone });
  };
  return (
    <Page heading={t('desk-title')}>
      <div><Button kind="primary" icon={Plus} onClick={() => start(true)}>{t('start-visit')}</Button></div>
      {visits.problem.value !== null && <Notice meaning="stop" alert><p>{visits.problem.value}</p></Notice>}
      {all === null && visits.problem.value === null && <Skeleton rows={6} />}
      {all?.length === 0 && <Empty title={t('desk-empty')}><p>{t('desk-empty-hint')}</p></Empty>}
      {all !== null && all.length > 0 && (
        <Table
          caption={t('desk-title')}
          head={[t('patient'), t('doctor'), t('started'), t('state'), t('in-room'), '']}
          rows={all.map((one) => ({ key: one.id, cells: cells(one, () => link({ visit: one })) }))}
        />
      )}
      <HomeLinks />
      {starting && <StartVisit started={started} close={() => start(false)} />}
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

function cells(visit: VisitView, link: () => void): preact.ComponentChildren[] {
  const meaning = visit.state === 'open' ? 'good' : visit.state === 'requested' ? 'wait' : 'note';
  return [
    <span dir="auto">{visit.patient}</span>,
    <span dir="auto">{visit.doctor.name}</span>,
    whenOf(visit),
    <Badge meaning={meaning}>{t(`state-${visit.state}`)}</Badge>,
    visit.state === 'open' ? t('people-here', { count: visit.here }) : '',
    isCurrent(visit) && <Button kind="quiet" name={t('links-of', { name: visit.patient })} onClick={link}>{t('links')}</Button>,
  ];
}
