/** The papers of a registration: those that were given, and giving more, with how far each has come. */
import { Upload } from 'lucide';
import { useId, useRef, useState } from 'preact/hooks';

import { type Credential, type CredentialDocument, credentials, DOCUMENT_TYPES, MAX_DOCUMENT, MAX_DOCUMENTS, unfit } from '../../credentials.ts';
import { t } from '../../i18n.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Card, Notice } from '../../ui/parts.tsx';
import { kilobytes, shortKind } from '../admin/credential.tsx';

export function Papers({ credential, changed }: { credential: Credential; changed: (one: Credential) => void }) {
  const [sending, setSending] = useState<{ name: string; share: number } | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const task = useTask();
  const full = credential.documents.length >= MAX_DOCUMENTS;
  const give = (files: readonly File[]): void => {
    setWrong(null);
    task.run(async () => {
      let have: CredentialDocument[] = credential.documents;
      for (const file of files) {
        const why = unfit(file, have.length);
        if (why !== null) {
          setWrong(t(`document-${why}`, { name: file.name, size: MAX_DOCUMENT / 1024 / 1024, count: MAX_DOCUMENTS }));
          continue;
        }
        setSending({ name: file.name, share: 0 });
        const added = await credentials.add(file, (share) => setSending({ name: file.name, share })).finally(() => setSending(null));
        have = [...have, added];
        changed({ ...credential, documents: have });
      }
    });
  };
  return (
    <Card>
      <h2>{t('documents')}</h2>
      <p class="hint">{t('documents-hint', { count: MAX_DOCUMENTS, size: MAX_DOCUMENT / 1024 / 1024 })}</p>
      <ul class="rows">
        {credential.documents.map((one) => (
          <li key={one.id} class="visit-row">
            <div class="row-main"><strong dir="auto">{one.name}</strong><span class="quiet">{t('document-size', { kind: shortKind(one.kind), size: kilobytes(one.size) })}</span></div>
          </li>
        ))}
      </ul>
      <label class="unseen" for={id}>{t('document-file')}</label>
      <input
        id={id}
        ref={input}
        type="file"
        multiple
        hidden
        accept={DOCUMENT_TYPES.join(',')}
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          event.currentTarget.value = '';
          if (files.length > 0) give(files);
        }}
      />
      {!full && <div><Button icon={Upload} busy={task.busy} onClick={() => input.current?.click()}>{t('document-choose')}</Button></div>}
      {sending !== null && (
        <div class="field">
          <label for={`${id}-progress`} dir="auto">{t('document-sending', { name: sending.name, done: Math.round(sending.share * 100) })}</label>
          <progress id={`${id}-progress`} max={1} value={sending.share} />
        </div>
      )}
      {wrong !== null && <Notice meaning="stop" alert><p>{wrong}</p></Notice>}
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
    </Card>
  );
}
