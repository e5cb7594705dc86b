/** What was written in a visit, by whom and when. */
import { t } from '../../i18n.ts';
import { clockOffset } from '../../live.ts';
import type { Transcript, TranscriptLine } from '../../records/transcript.ts';
import { Badge, Notice } from '../../ui/parts.tsx';
import { clock, when } from '../../when.ts';

export function TranscriptPart({ transcript, place }: { transcript: Transcript; place: string | null }) {
  const now = Date.now() + clockOffset.value;
  const doubtful = transcript.messages.some((one) => !one.verified);
  return (
    <>
      <dl class="facts">
        <dt>{t('doctor')}</dt><dd dir="auto">{transcript.doctor}</dd>
        {place !== null && <><dt>{t('department')}</dt><dd dir="auto">{place}</dd></>}
        <dt>{t('patient')}</dt><dd dir="auto">{transcript.patient}</dd>
        <dt>{t('started')}</dt><dd>{when(transcript.started, now)}</dd>
        <dt>{t('record-ended')}</dt><dd>{when(transcript.ended, now)}</dd>
      </dl>
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
