/** A timeline of records: newest first, by day, narrowed by what, where and when. */
import { FileText, FlaskConical, Image as ImageIcon, type IconNode, Mail, MessagesSquare, NotebookPen } from 'lucide';
import { useEffect, useRef, useState } from 'preact/hooks';

import { locale, t } from '../../i18n.ts';
import { keys } from '../../keys.ts';
import { ALL, filterOf, type Wanted } from '../../records/filter.ts';
import { type Records, recordServer, type RecordView } from '../../records/server.ts';
import { titles } from '../../records/titles.ts';
import { nameOf, placeOf, viewer, whoOpens } from '../../records/words.ts';
import { KINDS, type RecordKind } from '../../seal/kinds.ts';
import { sealing, sealVisit } from '../../sealing.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Choose, Field } from '../../ui/field.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Badge, Empty, Notice, Skeleton } from '../../ui/parts.tsx';
import { clock } from '../../when.ts';
import { me } from '../../who.ts';
import { SealNotice } from './seal-notice.tsx';

export const KIND_ICONS: Record<RecordKind, IconNode> = {
  transcript: MessagesSquare, note: NotebookPen, document: FileText, image: ImageIcon, lab: FlaskConical, letter: Mail,
};

/** The records of one patient, or all that whoever is here may see. `again` changes when they should be asked for anew. */
export function Timeline({ patient, again, empty }: { patient: string | null; again: number; empty: string }) {
  const [found, setFound] = useState<Records | null>(null);
  const [filter, setFilter] = useState<Wanted>(ALL);
  const [places, addPlaces] = useState<readonly string[]>([]);
  const task = useTask();
  const turn = useRef(0);
  const load = (wanted: Wanted, before: readonly RecordView[] = [], after: string | null = null): void =>
    task.run(async () => {
      const mine = (turn.current += 1);
      const page = await recordServer.list(filterOf(patient, wanted, after));
      if (mine !== turn.current) return; // something else is wanted by now
      setFound({ ...page, records: [...before, ...page.records] });
      addPlaces((have) => [...new Set([...have, ...page.records.map((one) => one.department ?? '')])].filter((one) => one !== '').sort());
    });
  useEffect(() => load(filter), [patient, again]);
  const narrow = (next: Wanted): void => {
    setFilter(next);
    load(next);
  };
  const all = filter === ALL;
  const { next } = found ?? { next: null };
  return (
    <>
      {found !== null && !(all && found.records.length === 0) && <Narrow filter={filter} places={places} change={narrow} />}
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p><Button onClick={() => load(filter)}>{t('try-again')}</Button></Notice>}
      {found === null && task.error === null && <Skeleton rows={4} />}
      {found !== null && all && <Unsealed visits={found.unsealed} done={() => load(filter)} />}
      {found?.records.length === 0 && (all
        ? found.unsealed.length === 0 && <Empty title={t('records-empty')}><p>{empty}</p></Empty>
        : <Empty title={t('records-none-such')}><Button onClick={() => narrow(ALL)}>{t('records-show-all')}</Button></Empty>)}
      {found !== null && <Days records={found.records} named={patient === null} />}
      {found !== null && next !== null && <div><Button busy={task.busy} onClick={() => load(filter, found.records, next)}>{t('records-older')}</Button></div>}
    </>
  );
}

function Narrow({ filter, places, change }: { filter: Wanted; places: readonly string[]; change: (next: Wanted) => void }) {
  const put = (part: Partial<Wanted>): void => change({ ...filter, ...part });
  return (
    <details class="narrow-by" open={filter !== ALL}>
      <summary>{t('records-narrow')}</summary>
      <div class="filters">
        <Choose label={t('records-what')} value={filter.kind ?? ''} onChange={(word) => put({ kind: KINDS.find((one) => one === word) ?? null })} options={[{ value: '', label: t('records-any') }, ...KINDS.map((each) => ({ value: each, label: t(`kinds-of-${each}`) }))]} />
        {places.length > 0 && <Choose label={t('department')} value={filter.department} onChange={(department) => put({ department })} options={[{ value: '', label: t('records-any') }, ...places.map((one) => ({ value: one, label: one }))]} />}
        <Field label={t('records-from')} type="date" value={filter.from} onInput={(from) => put({ from })} />
        <Field label={t('records-to')} type="date" value={filter.to} onInput={(to) => put({ to })} />
      </div>
      {filter !== ALL && <Button kind="quiet" onClick={() => change(ALL)}>{t('records-show-all')}</Button>}
    </details>
  );
}

function Days({ records, named }: { records: readonly RecordView[]; named: boolean }) {
  const format = new Intl.DateTimeFormat(locale.value, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
  const groups = new Map<string, RecordView[]>();
  for (const one of records) {
    const day = format.format(one.at);
    groups.set(day, [...(groups.get(day) ?? []), one]);
  }
  return (
    <>
      {[...groups].map(([day, of]) => (
        <section key={day} class="stack">
          <h2>{day}</h2>
          <ol class="timeline">{of.map((one) => <Entry key={one.id} record={one} named={named} />)}</ol>
        </section>
      ))}
    </>
  );
}

/** `named`: the patient is said, where records of several stand together. */
function Entry({ record, named }: { record: RecordView; named: boolean }) {
  const who = viewer(me.value);
  if (who === null) return null;
  const name = nameOf(record, who);
  const said = who.doctor && record.kind === 'transcript'; // the name of the patient stands in the record's
  const whose = named && record.patient_id !== who.id && !said ? record.patient : null;
  const title = titles.value.get(record.id);
  const place = placeOf(record);
  return (
    <li class="visit-row entry">
      <span class="entry-icon"><Icon of={KIND_ICONS[record.kind]} size={24} /></span>
      <div class="row-main">
        <strong dir="auto">{title ?? name}</strong>
        {title !== undefined && <span dir="auto">{name}</span>}
        <span class="quiet">{[clock(record.at), place, whose].filter(Boolean).join(' · ')}</span>
        <span class="quiet">{[whoOpens(record, who.name), record.custody ? t('record-custody') : null].filter(Boolean).join(' ')}</span>
      </div>
      {record.asked && <Badge meaning="wait">{t('correction-mark')}</Badge>}
      {record.corrects !== null && <Badge meaning="note">{t('correction-note')}</Badge>}
      {record.ver > 1 && <Badge meaning="note">{t('record-changed')}</Badge>}
      {record.restricted && <Badge meaning="wait">{t('record-restricted')}</Badge>}
      <a class="button quiet" href={`/records/${record.id}`} aria-label={t('record-open-name', { name: title ?? name })}>{t('record-open-short')}</a>
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
