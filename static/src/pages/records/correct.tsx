/** A patient asks to have a record corrected: what is wrong and what it should say, sealed as a note beside it for the doctor it comes from. */
import { useEffect, useRef, useState } from 'preact/hooks';

import { Problem } from '../../api.ts';
import { t } from '../../i18n.ts';
import type { Correction } from '../../records/content.ts';
import { draftOf, dropDraft, keepDraft } from '../../records/drafts.ts';
import { sendPorts } from '../../records/ports.ts';
import { type NewContent, Sending } from '../../records/send.ts';
import type { RecordView } from '../../records/server.ts';
import type { Refused } from '../../records/uploads.ts';
import { placeOf } from '../../records/words.ts';
import { go } from '../../router.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { TextArea } from '../../ui/field.tsx';
import { Notice, Skeleton } from '../../ui/parts.tsx';
import { toast } from '../../ui/toast.tsx';
import { ForWhom, useVisits } from './for-whom.tsx';
import { RefusedNotice } from './refused.tsx';
import { LetKeep } from './sending.tsx';

/** Longest of either text, in characters: both, at their longest in UTF-8, fit into one block. */
const LONGEST_TEXT = 100_000;

interface Sheet {
  wrong: string;
  should: string;
  /** The visit whose doctor should see it; empty for nobody. Null as long as nobody chose. */
  visit: string | null;
}

/** Why it was not sent. */
type Stopped = Refused | 'lack' | 'consent';

interface Of {
  record: RecordView;
  corrects: Correction;
}

/** What is sealed; null when nothing is said to be wrong. */
function contentOf({ wrong, should }: Sheet, corrects: Correction): NewContent | null {
  if (wrong.trim() === '') return null;
  const parts = [[t('correction-wrong'), wrong], [t('correction-should'), should]].filter(([, said]) => said?.trim() !== '');
  return { kind: 'note', title: t('correction-title', { title: corrects.title }), text: parts.map(([label, said]) => `${label}:\n${said?.trim()}`).join('\n\n'), corrects };
}

export function Correct({ record, corrects, close }: Of & { close: () => void }) {
  const form = `correction/${record.id}`;
  const [sheet, setSheet] = useState<Sheet | null>(null);
  const empty = { wrong: '', should: '', visit: null };
  useEffect(() => {
    draftOf(form).then((kept) => setSheet((kept as Sheet | null) ?? empty), () => setSheet(empty));
  }, [form]);
  return sheet === null ? <Skeleton /> : <Asking form={form} first={sheet} record={record} corrects={corrects} close={close} />;
}

/** Hands in what is on the sheet; the same again is the same record, whatever the line did. */
function useAsk({ record, corrects }: Of, form: string) {
  const [stopped, stop] = useState<Stopped | null>(null);
  const last = useRef<{ json: string; sending: Sending } | null>(null);
  const send = async (sheet: Sheet, visit: string | null, place: string | null): Promise<void> => {
    const content = contentOf(sheet, corrects);
    if (content === null) return stop('lack');
    stop(null);
    const json = JSON.stringify([content, visit]);
    const draft = { patient: record.patient_id, visit, department: place, content, amends: null };
    if (last.current?.json !== json) last.current = { json, sending: new Sending(draft, sendPorts) };
    try {
      const sent = await last.current.sending.run();
      if (sent.kind !== 'sealed') return stop(sent.kind);
      void dropDraft(form);
      toast(t('record-kept'));
      go(`/records/${sent.record.id}`);
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'consent_needed') throw error;
      stop('consent');
    }
  };
  return { stopped, send };
}

function Asking({ form, first, record, corrects, close }: Of & { form: string; first: Sheet; close: () => void }) {
  const [sheet, setSheet] = useState(first);
  const { stopped, send } = useAsk({ record, corrects }, form);
  const task = useTask();
  const known = useVisits(record.visit === null, record.patient_id);
  const visits = known ?? [];
  const likely = visits.find((one) => one.doctor === record.author)?.id ?? '';
  const visit = record.visit ?? sheet.visit ?? likely;
  const place = placeOf(record) ?? visits.find((one) => one.id === visit)?.place ?? null;
  const put = (part: Partial<Sheet>): void => {
    const next = { ...sheet, ...part };
    setSheet(next);
    keepDraft(form, next);
  };
  const hand = (): Promise<void> => send(sheet, visit || null, place);
  return (
    <form class="stack" onSubmit={(event) => { event.preventDefault(); task.run(hand); }}>
      <h2>{t('correction-ask')}</h2>
      <p>{t('correction-why')}</p>
      <TextArea label={t('correction-wrong')} value={sheet.wrong} maxLength={LONGEST_TEXT} required onInput={(wrong) => put({ wrong })} />
      <TextArea label={t('correction-should')} hint={t('correction-should-hint')} value={sheet.should} maxLength={LONGEST_TEXT} onInput={(should) => put({ should })} />
      {record.visit === null && <ForWhom visits={visits} value={visit} change={(one) => put({ visit: one })} />}
      <Why stopped={stopped} of={{ patient: record.patient_id, visit: visit || null, record: null }} again={hand} run={task.run} />
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      <div class="actions">
        <Button kind="primary" submit busy={task.busy || (record.visit === null && known === null)}>{t('file-send')}</Button>
        <Button kind="quiet" onClick={close}>{t('amend-not')}</Button>
      </div>
      <p class="hint">{t('write-hint')}</p>
    </form>
  );
}

function Why({ stopped, of, again, run }: { stopped: Stopped | null; of: { patient: string; visit: string | null; record: null }; again: () => Promise<void>; run: (work: () => Promise<void>) => void }) {
  if (stopped === null) return null;
  if (stopped === 'lack') return <Notice meaning="stop" alert><p>{t('correction-lack')}</p></Notice>;
  if (stopped === 'consent') return <LetKeep patient={of.patient} done={() => run(again)} />;
  return <RefusedNotice why={stopped} {...of} again={again} />;
}
