/** The records of one's visits, by date: with whom, and who can open them. */
import './records/records.css';

import { useEffect, useState } from 'preact/hooks';

import { locale, t } from '../i18n.ts';
import { keys } from '../keys.ts';
import { recordServer, type Records, type RecordView } from '../records/server.ts';
import { sealing, sealVisit } from '../sealing.ts';
import { useTask } from '../task.ts';
import { Button } from '../ui/button.tsx';
import { Page } from '../ui/page.tsx';
import { Empty, Notice, Skeleton } from '../ui/parts.tsx';
import { clock } from '../when.ts';
import { me } from '../who.ts';
import { KeyNotice } from './key-card.tsx';
import { SealNotice } from './records/seal-notice.tsx';

export function RecordsPage() {
  const [found, setFound] = useState<Records | null>(null);
  const task = useTask();
  const load = (): void => task.run(async () => setFound(await recordServer.list()));
  useEffect(load, []);
  const who = me.value;
  const doctor = who?.kind === 'person' && who.role === 'doctor';
  return (
    <Page heading={t('records-title')}>
      <KeyNotice />
      <p>{doctor ? t('records-why-doctor') : t('records-why')}</p>
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p><Button onClick={load}>{t('try-again')}</Button></Notice>}
      {found === null && task.error === null && <Skeleton rows={4} />}
      {found !== null && <Unsealed visits={found.unsealed} done={load} />}
      {found?.records.length === 0 && found.unsealed.length === 0 && <Empty title={t('records-empty')}><p>{t('records-empty-hint')}</p></Empty>}
      {found !== null && days(found.records).map(([day, records]) => (
        <section key={day} class="stack">
          <h2>{day}</h2>
          <ol class="timeline">{records.map((one) => <Entry key={one.id} record={one} doctor={doctor} />)}</ol>
        </section>
      ))}
    </Page>
  );
}

function days(records: readonly RecordView[]): [string, RecordView[]][] {
  const format = new Intl.DateTimeFormat(locale.value, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
  const groups = new Map<string, RecordView[]>();
  for (const one of [...records].sort((a, b) => b.at - a.at)) {
    const day = format.format(one.at);
    groups.set(day, [...(groups.get(day) ?? []), one]);
  }
  return [...groups];
}

function Entry({ record, doctor }: { record: RecordView; doctor: boolean }) {
  const other = doctor ? record.patient : (record.doctor?.name ?? record.author);
  return (
    <li class="visit-row">
      <div class="row-main">
        <strong dir="auto">{t('record-visit-with', { name: other })}</strong>
        <span class="quiet">{[clock(record.at), doctor ? null : record.department ?? record.doctor?.department].filter(Boolean).join(' · ')}</span>
        <span class="quiet">{t('record-who', { name: other })}</span>
      </div>
      <a class="button quiet" href={`/records/${record.id}`} aria-label={t('with-name', { label: t('record-open'), name: other })}>{t('record-open')}</a>
    </li>
  );
}

/** Visits that ended while both browsers were away: they are sealed now, here. */
function Unsealed({ visits, done }: { visits: readonly string[]; done: () => void }) {
  const ready = keys.state.value.kind === 'ready';
  useEffect(() => {
    if (!ready || visits.length === 0) return;
    void Promise.all(visits.map(sealVisit)).then(() => {
      if (visits.some((one) => sealing.of(one).peek().kind === 'sealed')) done();
    });
  }, [ready, visits.join()]);
  return <>{visits.map((one) => <SealNotice key={one} visit={one} quiet />)}</>;
}
