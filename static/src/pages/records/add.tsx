/** Adding a file to a record: choose it, say what it is and who should see it; sealing and sending need no further step. */
import { FileUp } from 'lucide';
import { useRef, useState } from 'preact/hooks';

import { t } from '../../i18n.ts';
import { FILE_TYPES, type FileType, isPicture, shortType } from '../../records/content.ts';
import { dropDraft, draftHere, keepDraft } from '../../records/drafts.ts';
import { send } from '../../records/sending.ts';
import { typeOf, type Wish } from '../../records/uploads.ts';
import { sizeOf } from '../../records/words.ts';
import { Button } from '../../ui/button.tsx';
import { Check, Choose, Field } from '../../ui/field.tsx';
import { Notice } from '../../ui/parts.tsx';
import { me } from '../../who.ts';
import { ForWhom, useVisits } from './for-whom.tsx';
import { whyNot } from './sending.tsx';

/** What browsers offer first; what counts is what is in the file. */
const OFFERED = [...FILE_TYPES, '.dcm'].join(',');
/** Longest title, in characters. */
const LONGEST_TITLE = 200;

interface Form {
  file: File;
  type: FileType;
  title: string;
  kind: Wish['kind'];
  department: string;
  visit: string;
  smaller: boolean;
}

/** What a file probably is: a scan is a paper, an X-ray a picture; a photo may be either. */
function likely(type: FileType): Wish['kind'] {
  return type === 'application/dicom' ? 'image' : 'document';
}

function titleFrom(name: string): string {
  return name.replace(/\.[^.]*$/, '').replaceAll('_', ' ').slice(0, LONGEST_TITLE);
}

/** The record of which a file becomes a newer version. */
export interface Amended {
  rec: string;
  ver: number;
  kind: Wish['kind'];
  title: string;
  department: string | null;
  visit: string | null;
}

interface Adding {
  patient: string;
  /** Where it is filed, unless somebody says otherwise. */
  department?: string | null;
  /** The file takes the place of a record's newest version, which stays readable. */
  amends?: Amended;
}

/** The file that was chosen, with what is said about it, and why one was not taken. */
function useChosen({ patient, department: own, amends }: Adding) {
  const place = `file/${amends?.rec ?? patient}`;
  const [form, setForm] = useState<Form | null>(draftHere(place) as Form | null);
  const [wrong, setWrong] = useState<string | null>(null);
  const put = (next: Form): void => {
    setForm(next);
    keepDraft(place, next, 'tab');
  };
  const choose = async (file: File): Promise<void> => {
    setWrong(null);
    try {
      const type = await typeOf(file);
      const kind = type === 'application/pdf' ? 'document' : (form?.kind ?? likely(type));
      const of = amends ?? { kind, title: titleFrom(file.name), department: form?.department ?? own ?? null, visit: form?.visit ?? null };
      put({ file, type, title: of.title, kind: of.kind, department: of.department ?? '', visit: of.visit ?? '', smaller: form?.smaller ?? false });
    } catch (error) {
      setWrong(whyNot(error, file.name));
    }
  };
  const clear = (): void => {
    void dropDraft(place);
    setForm(null);
  };
  return { form, wrong, put, choose, clear };
}

export function AddFile(props: Adding) {
  const { patient, amends } = props;
  const { form, wrong, put, choose, clear } = useChosen(props);
  const go = (): void => {
    if (form === null) return;
    const { file, title, kind, department, visit, smaller } = form;
    const wish = { patient, kind, title: title.trim() || titleFrom(file.name), department: department || null, visit: visit || null, smaller };
    send(file, { ...wish, amends: amends === undefined ? null : { record: amends.rec, ver: amends.ver } });
    clear();
  };
  return (
    <form class="stack" onSubmit={(event) => { event.preventDefault(); go(); }}>
      <p>{t('file-add-why')}</p>
      <Picker form={form} choose={choose} />
      {wrong !== null && <Notice meaning="stop" alert><p>{wrong}</p></Notice>}
      {form !== null && <Details form={form} put={put} patient={patient} amending={amends !== undefined} />}
    </form>
  );
}

function Picker({ form, choose }: { form: Form | null; choose: (file: File) => Promise<void> }) {
  const input = useRef<HTMLInputElement>(null);
  const changed = (list: HTMLInputElement): void => {
    const [file] = list.files ?? [];
    list.value = ''; // the same one may be chosen again
    if (file !== undefined) void choose(file);
  };
  return (
    <>
      <label class="unseen" for="file">{t('file-choose')}</label>
      <input id="file" ref={input} type="file" hidden accept={OFFERED} onChange={(event) => changed(event.currentTarget)} />
      {form !== null && <p><strong dir="auto">{form.file.name}</strong> <span class="quiet">{t('file-what', { kind: t(`file-is-${shortType(form.type)}`), size: sizeOf(form.file.size) })}</span></p>}
      <div><Button icon={FileUp} kind={form === null ? 'primary' : 'plain'} onClick={() => input.current?.click()}>{form === null ? t('file-choose') : t('file-choose-other')}</Button></div>
    </>
  );
}

function Details({ form, put, patient, amending }: { form: Form; put: (next: Form) => void; patient: string; amending: boolean }) {
  const who = me.value;
  const own = who?.kind === 'person' && who.role === 'patient';
  const visits = useVisits(own && !amending, patient);
  const change = (part: Partial<Form>): void => put({ ...form, ...part });
  const kinds = [{ value: 'document', label: t('file-kind-document') }, { value: 'image', label: t('file-kind-image') }];
  return (
    <>
      <Field label={t('record-name')} hint={t('file-title-hint')} value={form.title} maxLength={LONGEST_TITLE} onInput={(title) => change({ title })} />
      {form.type !== 'application/pdf' && !amending && (
        <Choose label={t('records-what')} value={form.kind} options={kinds} onChange={(word) => change({ kind: word === 'image' ? 'image' : 'document' })} />
      )}
      {isPicture(form.type) && (
        <>
          <p class="hint">{t('file-stripped')}</p>
          <Check label={t('file-smaller')} hint={t('file-smaller-hint')} checked={form.smaller} onChange={(smaller) => change({ smaller })} />
        </>
      )}
      {(form.type === 'application/pdf' || form.type === 'application/dicom') && <p class="hint">{t('file-not-stripped')}</p>}
      {own && !amending && <ForWhom visits={visits ?? []} value={form.visit} change={(visit, place) => change({ visit, department: place ?? form.department })} />}
      <Button kind="primary" submit wide>{t('file-send')}</Button>
      <p class="hint">{t('file-sealed-hint')}</p>
    </>
  );
}
