/** Writing a note, a letter or lab results: what is typed outlasts a lock, another page and a reload until it is kept. */
import { Plus, Trash2 } from 'lucide';
import { useEffect, useRef, useState } from 'preact/hooks';

import { t } from '../../i18n.ts';
import type { Content, Correction, LabResult } from '../../records/content.ts';
import { dropDraft, draftOf, keepDraft } from '../../records/drafts.ts';
import { sendPorts } from '../../records/ports.ts';
import { type Draft, type NewContent, Sending } from '../../records/send.ts';
import type { Refused } from '../../records/uploads.ts';
import { go } from '../../router.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Field, TextArea } from '../../ui/field.tsx';
import { Notice, Skeleton } from '../../ui/parts.tsx';
import { toast } from '../../ui/toast.tsx';
import { RefusedNotice } from './refused.tsx';

/** Longest title and text, in characters: with every character at its longest in UTF-8 they fit into one block. */
const LONGEST_TITLE = 200;
const LONGEST_TEXT = 200_000;
/** Most results in one record. */
const MOST_RESULTS = 200;

export type Written = 'note' | 'letter' | 'lab';

/** A form as it is typed; `taken` as an input has a time. */
interface Sheet {
  title: string;
  text: string;
  taken: string;
  results: Row[];
  /** What a note asks to have corrected: it goes on asking when its words change. */
  corrects: Correction | null;
}
type Row = { name: string; value: string; unit: string; range: string; code: string };

const BLANK: Row = { name: '', value: '', unit: '', range: '', code: '' };

/** A moment as an input of this device shows it. */
function local(at: number): string {
  const date = new Date(at);
  return new Date(at - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** What an opened record becomes when it is changed; a new sheet for none. */
export function sheetOf(content: Content | null): Sheet {
  const empty = { title: '', text: '', taken: local(Date.now()), results: [BLANK], corrects: null };
  if (content?.kind === 'note') return { ...empty, title: content.title, text: content.text, corrects: content.corrects };
  if (content?.kind === 'letter') return { ...empty, title: content.title, text: content.text };
  if (content?.kind !== 'lab') return empty;
  const { title, taken_at, results } = content;
  return { ...empty, title, taken: local(taken_at), results: results.map((one) => ({ ...one, range: one.range ?? '', code: one.code ?? '' })) };
}

function resultOf({ name, value, unit, range, code }: Row): LabResult {
  return { name: name.trim(), value: value.trim(), unit: unit.trim(), range: range.trim() || null, code: code.trim() || null };
}

/** What is sealed; null when something needed is missing. */
function contentOf(kind: Written, { title, text, taken, results, corrects }: Sheet): NewContent | null {
  if (title.trim() === '' || (kind !== 'lab' && text.trim() === '')) return null;
  if (kind === 'note') return { kind, title: title.trim(), text, corrects };
  if (kind === 'letter') return { kind, title: title.trim(), text };
  const rows = results.filter((one) => one.name.trim() !== '' && one.value.trim() !== '');
  const at = new Date(taken).getTime();
  if (rows.length === 0 || Number.isNaN(at)) return null;
  return { kind, title: title.trim(), taken_at: at, results: rows.map(resultOf) };
}

/** `of` says what it becomes: a new record, or the next version of one. */
export function Write({ kind, form, start, of }: { kind: Written; form: string; start: Sheet; of: Omit<Draft, 'content'> }) {
  const [sheet, setSheet] = useState<Sheet | null>(null);
  useEffect(() => {
    draftOf(form).then((kept) => setSheet((kept as Sheet | null) ?? start), () => setSheet(start));
  }, [form]);
  return sheet === null ? <Skeleton /> : <Sheets kind={kind} form={form} first={sheet} of={of} />;
}

/** Hands in what is on the sheet; the same again is the same record, whatever the line did. */
function useHandIn(written: Written, form: string, of: Omit<Draft, 'content'>) {
  const [lack, setLack] = useState(false);
  const [refused, setRefused] = useState<Refused | null>(null);
  const last = useRef<{ json: string; sending: Sending } | null>(null);
  const send = async (sheet: Sheet): Promise<void> => {
    const content = contentOf(written, sheet);
    setLack(content === null);
    setRefused(null);
    if (content === null) return;
    const json = JSON.stringify(content);
    if (last.current?.json !== json) last.current = { json, sending: new Sending({ ...of, content }, sendPorts) };
    const sent = await last.current.sending.run();
    if (sent.kind !== 'sealed') return setRefused(sent.kind);
    void dropDraft(form);
    toast(t('record-kept'));
    go(`/records/${sent.record.id}`, true);
  };
  return { lack, refused, send };
}

function Sheets({ kind: written, form, first, of }: { kind: Written; form: string; first: Sheet; of: Omit<Draft, 'content'> }) {
  const [sheet, setSheet] = useState(first);
  const { lack, refused, send } = useHandIn(written, form, of);
  const task = useTask();
  const put = (part: Partial<Sheet>): void => {
    const next = { ...sheet, ...part };
    setSheet(next);
    keepDraft(form, next);
  };
  return (
    <form class="stack" onSubmit={(event) => { event.preventDefault(); task.run(() => send(sheet)); }}>
      <Field label={t('record-name')} hint={t(`write-title-${written}`)} value={sheet.title} maxLength={LONGEST_TITLE} required onInput={(title) => put({ title })} />
      {written === 'lab'
        ? <Results sheet={sheet} put={put} />
        : <TextArea label={t('write-text')} value={sheet.text} rows={12} maxLength={LONGEST_TEXT} required onInput={(text) => put({ text })} />}
      {lack && <Notice meaning="stop" alert><p>{t(`write-lack-${written}`)}</p></Notice>}
      {refused !== null && <RefusedNotice why={refused} patient={of.patient} visit={of.visit} record={of.amends?.record ?? null} again={() => send(sheet)} />}
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      <div class="actions"><Button kind="primary" submit busy={task.busy}>{t('write-keep')}</Button></div>
      <p class="hint">{t('write-hint')}</p>
    </form>
  );
}

const PARTS = ['name', 'value', 'unit', 'range', 'code'] as const;

function Results({ sheet, put }: { sheet: Sheet; put: (part: Partial<Sheet>) => void }) {
  const { results } = sheet;
  const change = (at: number, part: Partial<Row>): void => put({ results: results.map((one, i) => (i === at ? { ...one, ...part } : one)) });
  return (
    <>
      <Field label={t('lab-when')} type="datetime-local" value={sheet.taken} required onInput={(taken) => put({ taken })} />
      {results.map((row, at) => (
        <fieldset key={at} class="result">
          <legend>{t('lab-result', { number: at + 1 })}</legend>
          {PARTS.map((part) => <Field key={part} label={t(`lab-${part}`)} value={row[part]} maxLength={LONGEST_TITLE} exact={part === 'unit' || part === 'code'} onInput={(value) => change(at, { [part]: value })} />)}
          {results.length > 1 && <Button kind="quiet" icon={Trash2} name={t('lab-remove-name', { number: at + 1 })} onClick={() => put({ results: results.filter((_, i) => i !== at) })}>{t('lab-remove')}</Button>}
        </fieldset>
      ))}
      {results.length < MOST_RESULTS && <div><Button icon={Plus} onClick={() => put({ results: [...results, BLANK] })}>{t('lab-more')}</Button></div>}
    </>
  );
}
