/** Files on their way: how far each has come, what holds it up, and what to do about it; and those that a reload interrupted. */
import { useEffect, useRef, useState } from 'preact/hooks';

import { Problem, sentence } from '../../api.ts';
import { consentText } from '../../consents.ts';
import { t } from '../../i18n.ts';
import { keys } from '../../keys.ts';
import { letKeep } from '../../records/let-keep.ts';
import { dismiss, forget, send, unfinished, uploads } from '../../records/sending.ts';
import { NotTaken, type Unfinished, type Upload } from '../../records/uploads.ts';
import { sizeOf } from '../../records/words.ts';
import { MAX_FILE } from '../../seal/chunks.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Check } from '../../ui/field.tsx';
import { Card, Notice } from '../../ui/parts.tsx';
import { me } from '../../who.ts';
import { RefusedNotice } from './refused.tsx';

/** Everything that is under way in this tab, of one patient or of all. `done` hears of each that has arrived. */
export function Sending({ patient, done }: { patient?: string; done: () => void }) {
  const mine = uploads.value.filter((one) => patient === undefined || one.wish.patient === patient);
  const arrived = mine.filter((one) => one.state.value.kind === 'done').length;
  const heard = useRef(arrived);
  useEffect(() => {
    if (arrived > heard.current) done();
    heard.current = arrived;
  }, [arrived]);
  return (
    <>
      {mine.map((one) => <Under key={one.id} upload={one} />)}
      <Interrupted patient={patient} busy={mine.length} />
    </>
  );
}

function Under({ upload }: { upload: Upload }) {
  const state = upload.state.value;
  const { name } = upload.file;
  const ended = state.kind === 'done' || upload.refused;
  return (
    <Card>
      <p><strong dir="auto">{upload.wish.title}</strong> <span class="quiet" dir="auto">{name}</span></p>
      <How upload={upload} />
      <div class="actions">
        {ended
          ? <>{state.kind === 'done' && <a class="button" href={`/records/${state.record.id}`} aria-label={t('record-open-name', { name: upload.wish.title })}>{t('record-open-short')}</a>}<Button kind="quiet" onClick={() => dismiss(upload)}>{t('close')}</Button></>
          : <Button kind="quiet" name={t('upload-stop-name', { name })} onClick={() => dismiss(upload)}>{t('upload-stop')}</Button>}
      </div>
    </Card>
  );
}

function How({ upload }: { upload: Upload }) {
  const state = upload.state.value;
  switch (state.kind) {
    case 'preparing': return <p role="status">{t('upload-preparing')}</p>;
    case 'sending': return <Bar id={upload.id} text={t('upload-sending', { sent: sizeOf(state.sent), all: sizeOf(state.all) })} share={state.sent / state.all} />;
    case 'waiting':
      return (
        <>
          <Bar id={upload.id} text={t('upload-paused', { sent: sizeOf(state.sent), all: sizeOf(state.all) })} share={state.sent / state.all} />
          <Notice meaning="wait" alert><p>{t('upload-waiting')}</p></Notice>
        </>
      );
    case 'refused': return <RefusedNotice why={state.why} patient={upload.wish.patient} visit={upload.wish.visit} record={upload.record} again={() => upload.run()} />;
    case 'consent': return <LetKeep patient={upload.wish.patient} done={() => void upload.run()} />;
    case 'failed': return <Failed upload={upload} error={state.error} />;
    case 'done': return <Notice meaning="good" alert><p>{t('upload-done')}</p></Notice>;
  }
}

function Bar({ id, text, share }: { id: string; text: string; share: number }) {
  return (
    <div class="field">
      <label for={`sending-${id}`}>{text}</label>
      <progress id={`sending-${id}`} max={1} value={share} />
    </div>
  );
}

/** The sentence of why a file was not sent. */
export function whyNot(error: unknown, name: string): string {
  if (error instanceof NotTaken) return t(`upload-${error.why}`, { name, size: MAX_FILE / 1_000_000 });
  return sentence(error);
}

function Failed({ upload, error }: { upload: Upload; error: unknown }) {
  const final = error instanceof NotTaken;
  return (
    <Notice meaning="stop" alert>
      <p>{whyNot(error, upload.file.name)}</p>
      {!final && <p>{t('upload-kept')}</p>}
      {!final && <Button onClick={() => void upload.run()}>{t('try-again')}</Button>}
    </Notice>
  );
}

/** The first time that a patient adds something: what keeping it means, and a yes in one tap. */
export function LetKeep({ patient, done }: { patient: string; done: () => void }) {
  const [guardian, setGuardian] = useState(false);
  const [asked, ask] = useState(false);
  const task = useTask();
  const give = (): void => task.run(async () => {
    const who = me.peek();
    if (who?.kind !== 'person' || who.organisation === null) return;
    try {
      await letKeep(patient, who.organisation.id, guardian || patient !== who.id);
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'guardian_needed' || asked) throw error;
      ask(true);
      return;
    }
    done();
  });
  return (
    <Notice meaning="note" alert>
      <p>{t('keep-why')}</p>
      <blockquote>{consentText('store')}</blockquote>
      {asked && <Check label={t('keep-guardian')} checked={guardian} onChange={setGuardian} />}
      {task.error !== null && <p>{task.error}</p>}
      <Button kind="primary" busy={task.busy} onClick={give}>{t('keep-yes')}</Button>
    </Notice>
  );
}

/** What an earlier page began: the same file, chosen again, goes on where it stopped. */
function Interrupted({ patient, busy }: { patient: string | undefined; busy: number }) {
  const [left, setLeft] = useState<readonly Unfinished[]>([]);
  const kind = keys.state.value.kind;
  const look = (): void => void unfinished().then((all) => setLeft(all.filter((one) => patient === undefined || one.wish.patient === patient)), () => undefined);
  useEffect(look, [kind, busy, patient]);
  const here = new Set(uploads.value.filter((one) => one.open).map((one) => one.record));
  return <>{left.filter((one) => !here.has(one.begun.record)).map((one) => <Left key={one.begun.record} one={one} gone={look} />)}</>;
}

function Left({ one, gone }: { one: Unfinished; gone: () => void }) {
  const input = useRef<HTMLInputElement>(null);
  const id = `again-${one.begun.record}`;
  return (
    <Card>
      <p><strong dir="auto">{one.wish.title}</strong> <span class="quiet" dir="auto">{one.name}</span></p>
      <Notice meaning="wait"><p>{t('upload-interrupted', { name: one.name, size: sizeOf(one.size) })}</p></Notice>
      <label class="unseen" for={id}>{t('upload-same-file', { name: one.name })}</label>
      <input
        id={id}
        ref={input}
        type="file"
        hidden
        onChange={(event) => {
          const [file] = event.currentTarget.files ?? [];
          event.currentTarget.value = '';
          if (file !== undefined) send(file, one.wish, one);
        }}
      />
      <div class="actions">
        <Button onClick={() => input.current?.click()} name={t('upload-choose-again-name', { name: one.name })}>{t('upload-choose-again')}</Button>
        <Button kind="quiet" onClick={() => void forget(one).then(gone)} name={t('upload-forget-name', { name: one.name })}>{t('upload-forget')}</Button>
      </div>
    </Card>
  );
}

