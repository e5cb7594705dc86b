/** One record, opened in this browser: what was written in a visit, by whom and when. */
import './records/records.css';

import { useEffect, useState } from 'preact/hooks';

import { t } from '../i18n.ts';
import { keys } from '../keys.ts';
import { clockOffset } from '../live.ts';
import type { Content } from '../records/content.ts';
import { type OpenedRecord, openIt } from '../records/open.ts';
import { recordServer } from '../records/server.ts';
import type { Transcript, TranscriptLine } from '../records/transcript.ts';
import { useTask } from '../task.ts';
import { Badge, Notice, Skeleton } from '../ui/parts.tsx';
import { Button } from '../ui/button.tsx';
import { Page } from '../ui/page.tsx';
import { clock, when } from '../when.ts';
import { me } from '../who.ts';

export function RecordPage({ record }: { record: string }) {
  const [opened, setOpened] = useState<OpenedRecord | null>(null);
  const task = useTask();
  const kind = keys.state.value.kind;
  const open = (): void => task.run(async () => setOpened(await openIt(record, await keys.identity(), recordServer.get)));
  useEffect(() => {
    if (kind !== 'making') open();
  }, [record, kind]);
  return (
    <Page heading={t('record-title')}>
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p><Button onClick={open}>{t('try-again')}</Button></Notice>}
      {opened === null && task.error === null && <><p role="status" class="quiet">{t('record-opening')}</p><Skeleton rows={4} /></>}
      {opened !== null && (opened.kind === 'open' ? <OpenedContent content={opened.content} /> : <Closed why={opened.kind} />)}
      <div><a class="button" href="/records">{t('records-back')}</a></div>
    </Page>
  );
}

function Closed({ why }: { why: Exclude<OpenedRecord['kind'], 'open'> }) {
  return (
    <Notice meaning={why === 'locked' || why === 'no_key' ? 'wait' : 'stop'} alert>
      <p>{t(`record-${why.replace('_', '-')}`)}</p>
      {(why === 'locked' || why === 'no_key') && <a class="button" href="/keys">{t('keys-open')}</a>}
    </Notice>
  );
}

function OpenedContent({ content }: { content: Content }) {
  switch (content.kind) {
    case 'transcript': return <Opened transcript={content.transcript} />;
    case 'note': case 'letter': return <section class="stack"><h2 dir="auto">{content.title}</h2><p class="said" dir="auto">{content.text}</p></section>;
    case 'lab': return <section class="stack"><h2 dir="auto">{content.title}</h2><dl class="facts">{content.results.map((one) => <><dt dir="auto">{one.name}</dt><dd dir="auto">{`${one.value} ${one.unit}`}</dd></>)}</dl></section>;
    case 'document': case 'image': return <section class="stack"><h2 dir="auto">{content.title}</h2><p class="quiet" dir="auto">{content.name}</p></section>;
  }
}

function Opened({ transcript }: { transcript: Transcript }) {
  const who = me.value;
  const now = Date.now() + clockOffset.value;
  const other = who?.kind === 'person' && who.role === 'doctor' ? transcript.patient : transcript.doctor;
  const doubtful = transcript.messages.some((one) => !one.verified);
  return (
    <>
      <dl class="facts">
        <dt>{t('doctor')}</dt><dd dir="auto">{transcript.doctor}</dd>
        <dt>{t('patient')}</dt><dd dir="auto">{transcript.patient}</dd>
        <dt>{t('started')}</dt><dd>{when(transcript.started, now)}</dd>
        <dt>{t('record-ended')}</dt><dd>{when(transcript.ended, now)}</dd>
      </dl>
      <Notice meaning="good"><p>{t('record-who', { name: other })}</p></Notice>
      {doubtful && <Notice meaning="note"><p>{t('record-doubtful')}</p></Notice>}
      <section class="stack">
        <h2>{t('messages')}</h2>
        <ol class="transcript">{transcript.messages.map((one) => <Line key={one.id} line={one} />)}</ol>
      </section>
    </>
  );
}

function Line({ line }: { line: TranscriptLine }) {
  return (
    <li>
      <p class="said-by">
        <strong dir="auto">{line.name || t('somebody')}</strong>
        <span class="quiet">{[t(`seat-${line.role}`), clock(line.at)].join(' · ')}</span>
        {!line.verified && <Badge meaning="wait">{t('not-verified')}</Badge>}
      </p>
      {line.text === null ? <p class="quiet">{t('record-line-closed')}</p> : <p class="said" dir="auto">{line.text}</p>}
    </li>
  );
}
