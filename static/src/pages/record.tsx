/** One record, opened in this browser: what it says, who wrote it, who can open it, and what it said before. */
import './records/records.css';

import { MessageSquareWarning, Pencil } from 'lucide';
import { useEffect, useState } from 'preact/hooks';

import { useEnded } from '../consents/ended.ts';
import { t } from '../i18n.ts';
import { keys } from '../keys.ts';
import { later } from '../later.tsx';
import { clockOffset } from '../live.ts';
import { type Content, titleOf } from '../records/content.ts';
import { type OpenedRecord, openIt } from '../records/open.ts';
import { recordServer, type RecordView, type SealedVersion } from '../records/server.ts';
import { called } from '../records/titles.ts';
import { nameOf, placeOf, viewer, whoOpens } from '../records/words.ts';
import { useTask } from '../task.ts';
import { withTexts } from '../texts.ts';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { Page } from '../ui/page.tsx';
import { Notice, Skeleton } from '../ui/parts.tsx';
import { when } from '../when.ts';
import { me } from '../who.ts';
import { Closing } from './consents/closing.tsx';
import { Asks } from './records/asks.tsx';
import { FilePart } from './records/file-part.tsx';
import { LabPart } from './records/lab-part.tsx';
import { LookedAt } from './rights/looked-at.tsx';
import { TranscriptPart } from './records/transcript-part.tsx';
import { Versions } from './records/versions.tsx';

const RecordProof = later(async () => (await withTexts('ledger', import('./ledger/record-proof.tsx'))).RecordProof);
const Correct = later(async () => (await import('./records/correct.tsx')).Correct);

type Opened = OpenedRecord<SealedVersion>;

/** A version of a record; the newest when `ver` is null. */
export function RecordPage({ record, ver }: { record: string; ver: number | null }) {
  const [opened, setOpened] = useState<Opened | null>(null);
  const [patient, setPatient] = useState<{ id: string; name: string } | null>(null);
  const task = useTask();
  const ended = useEnded(patient?.id ?? null);
  const kind = keys.state.value.kind;
  const open = (): void => task.run(async () => setOpened(await openIt(record, await keys.identity(), (one) => recordServer.get(one, ver ?? undefined))));
  useEffect(() => {
    // What a grant opened is gone from the page before it is asked whether it may be read still.
    if (ended.times > 0) setOpened(null);
    if (kind !== 'making') open();
  }, [record, ver, kind, ended.times]);
  useEffect(() => {
    if (opened?.kind === 'open') setPatient({ id: opened.got.record.patient_id, name: opened.got.record.patient });
  }, [opened]);
  return (
    <Page heading={t('record-title')}>
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p><Button onClick={open}>{t('try-again')}</Button></Notice>}
      {opened === null && task.error === null && <><p role="status" class="quiet">{t('record-opening')}</p><Skeleton rows={4} /></>}
      {opened !== null && (opened.kind === 'open' ? <Show opened={opened} /> : opened.kind === 'not_found' && ended.how !== null ? <Closing how={ended.how} patient={patient?.name ?? ''} /> : <Closed opened={opened} />)}
      <div class="actions"><Back opened={opened} /></div>
    </Page>
  );
}

function Back({ opened }: { opened: Opened | null }) {
  const who = me.value;
  const doctor = who?.kind === 'person' && who.role === 'doctor';
  const record = opened?.kind === 'open' ? opened.got.record : null;
  const patient = doctor ? record : null;
  const ward = who?.kind === 'person' && !doctor && record !== null && record.patient_id !== who.id ? record : null;
  return (
    <>
      {ward === null ? <a class="button" href="/records">{t('records-back')}</a> : <a class="button" href={`/children/${ward.patient_id}`}>{t('records-of', { name: ward.patient })}</a>}
      {patient !== null && <a class="button" href={`/patients/${patient.patient_id}`}>{t('records-of', { name: patient.patient })}</a>}
    </>
  );
}

function Closed({ opened }: { opened: Exclude<Opened, { kind: 'open' }> }) {
  const why = opened.kind;
  const mine = why === 'locked' || why === 'no_key';
  return (
    <>
      <Notice meaning={mine ? 'wait' : 'stop'} alert>
        <p>{t(`record-${why.replace('_', '-')}`)}</p>
        {opened.kind === 'no_key' && opened.got.record.custody && <p>{t('record-no-key-custody')}</p>}
        {mine && <a class="button" href="/keys">{t('keys-open')}</a>}
      </Notice>
      {opened.kind === 'no_key' && <Facts record={opened.got.record} at={opened.got.record.at} author={opened.got.record.author} />}
    </>
  );
}

function Show({ opened }: { opened: Extract<Opened, { kind: 'open' }> }) {
  const { content, head, got } = opened;
  const { record, versions } = got;
  const title = titleOf(content);
  useEffect(() => called(record.id, title), [record.id, title]);
  const shown = versions.find((one) => one.ver === head.ver);
  return (
    <>
      {head.ver < record.ver && (
        <Notice meaning="wait"><p>{t('record-old')}</p><a class="button" href={`/records/${record.id}`}>{t('record-newest')}</a></Notice>
      )}
      <article class="stack record">
        {title !== '' && <h2 dir="auto">{title}</h2>}
        {content.kind !== 'transcript' && <Facts record={record} at={head.at} author={shown?.author ?? record.author} />}
        {content.kind === 'note' && content.corrects !== null && <Asks corrects={content.corrects} patient={record.patient_id} />}
        <Body content={content} opened={opened} />
      </article>
      <WhoOpens record={record} />
      <RecordProof head={head} sealed={got} />
      <Versions record={record} versions={versions} shown={head.ver} />
      {head.ver === record.ver && <Amend record={record} />}
      <AskCorrection record={record} ver={head.ver} title={title} />
      {me.value?.kind === 'person' && me.value.role === 'patient' && <LookedAt record={record.id} />}
    </>
  );
}

function Body({ content, opened }: { content: Content; opened: Extract<Opened, { kind: 'open' }> }) {
  switch (content.kind) {
    case 'transcript': return <TranscriptPart transcript={content.transcript} place={placeOf(opened.got.record)} />;
    case 'note':
    case 'letter': return <p class="said" dir="auto">{content.text}</p>;
    case 'lab': return <LabPart lab={content} />;
    case 'document':
    case 'image': return <FilePart record={opened.got.record.id} file={content} chunks={opened.chunks} />;
  }
}

function Facts({ record, at, author }: { record: RecordView; at: number; author: string }) {
  const who = viewer(me.value);
  if (who === null) return null;
  const place = placeOf(record);
  return (
    <dl class="facts">
      <dt>{t('records-what')}</dt><dd dir="auto">{nameOf({ ...record, author }, who)}</dd>
      {record.patient_id !== who.id && <><dt>{t('patient')}</dt><dd dir="auto">{record.patient}</dd></>}
      {place !== null && <><dt>{t('department')}</dt><dd dir="auto">{place}</dd></>}
      <dt>{t('record-at')}</dt><dd>{when(at, Date.now() + clockOffset.value)}</dd>
    </dl>
  );
}

function WhoOpens({ record }: { record: RecordView }) {
  const who = me.value;
  if (who?.kind !== 'person') return null;
  return (
    <Notice meaning="good">
      <p>{whoOpens(record, who.name)} {record.custody ? t('record-custody') : t('record-no-custody')}</p>
    </Notice>
  );
}

/** Whoever treats, and the patient what they added themselves; a visit's transcript stays what it was. */
function Amend({ record }: { record: RecordView }) {
  const who = me.value;
  if (who?.kind !== 'person' || record.kind === 'transcript' || record.restricted) return null;
  if (who.role !== 'doctor' && !record.own) return null;
  return <div><a class="button" href={`/records/${record.id}/amend`}><Icon of={Pencil} />{t('record-amend')}</a></div>;
}

/** The patient, or who answers for them, about what is not theirs to change. */
function AskCorrection({ record, ver, title }: { record: RecordView; ver: number; title: string }) {
  const [asking, ask] = useState(false);
  const who = viewer(me.value);
  if (who === null || who.doctor || (record.own && record.kind !== 'transcript')) return null;
  if (!asking) return <div><Button icon={MessageSquareWarning} onClick={() => ask(true)}>{t('correction-ask')}</Button></div>;
  return <Correct record={record} corrects={{ record: record.id, ver, title: title || nameOf(record, who) }} close={() => ask(false)} />;
}
