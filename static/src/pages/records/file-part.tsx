/** The file of a record: a picture is shown, a PDF opens in the browser's own viewer, everything can be saved. */
import { Download, ExternalLink, Eye } from 'lucide';
import { useEffect, useState } from 'preact/hooks';

import { sentence } from '../../api.ts';
import { t } from '../../i18n.ts';
import { type FileManifest, isPicture, shortType } from '../../records/content.ts';
import { isDamage, openFile } from '../../records/open.ts';
import { recordServer } from '../../records/server.ts';
import { sizeOf } from '../../records/words.ts';
import type { Chunks } from '../../seal/chunks.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Notice } from '../../ui/parts.tsx';

/** Pictures up to this size are fetched without being asked for, in bytes: a few seconds on a thin line. */
const AT_ONCE = 1_500_000;

type State =
  | { kind: 'waiting' }
  | { kind: 'fetching'; share: number }
  /** An address that lives as long as this page, and under which the bytes are nothing but this type. */
  | { kind: 'here'; url: string }
  | { kind: 'failed'; error: unknown };

export function FilePart({ record, file, chunks }: { record: string; file: FileManifest; chunks: Chunks }) {
  const [state, setState] = useState<State>({ kind: 'waiting' });
  const fetchIt = (): void => {
    setState({ kind: 'fetching', share: 0 });
    openFile(file, chunks, (cid) => recordServer.block(cid, record), (share) => setState({ kind: 'fetching', share })).then(
      (bytes) => setState({ kind: 'here', url: URL.createObjectURL(new Blob([bytes], { type: file.type })) }),
      (error: unknown) => setState({ kind: 'failed', error }),
    );
  };
  useEffect(() => {
    if (file.data !== null || (isPicture(file.type) && file.size <= AT_ONCE)) fetchIt();
  }, []);
  useEffect(() => () => {
    if (state.kind === 'here') URL.revokeObjectURL(state.url);
  }, [state]);
  const kind = t(`file-is-${shortType(file.type)}`);
  return (
    <div class="stack">
      <p><span dir="auto">{file.name}</span> <span class="quiet">{t('file-what', { kind, size: sizeOf(file.size) })}</span></p>
      {state.kind === 'waiting' && <div><Button kind="primary" icon={Eye} onClick={fetchIt}>{t('file-fetch', { size: sizeOf(file.size) })}</Button></div>}
      {state.kind === 'fetching' && <Fetching share={state.share} />}
      {state.kind === 'failed' && <Failed error={state.error} again={fetchIt} />}
      {state.kind === 'here' && <Here file={file} url={state.url} />}
    </div>
  );
}

function Fetching({ share }: { share: number }) {
  return (
    <div class="field">
      <label for="fetching">{t('file-fetching', { done: Math.round(share * 100) })}</label>
      <progress id="fetching" max={1} value={share} />
    </div>
  );
}

function Failed({ error, again }: { error: unknown; again: () => void }) {
  if (isDamage(error)) return <Notice meaning="stop" alert><p>{t('file-damaged')}</p></Notice>;
  return <Notice meaning="stop" alert><p>{sentence(error)}</p><Button onClick={again}>{t('try-again')}</Button></Notice>;
}

function Here({ file, url }: { file: FileManifest; url: string }) {
  return (
    <>
      {isPicture(file.type) && <a class="picture" href={url} target="_blank" rel="noopener"><img src={url} alt={t('file-picture', { name: file.title })} /></a>}
      {file.type === 'application/dicom' && <Notice meaning="note"><p>{t('file-dicom')}</p></Notice>}
      <div class="actions">
        {file.type === 'application/pdf' && <a class="button primary" href={url} target="_blank" rel="noopener"><Icon of={ExternalLink} />{t('file-open-pdf')}</a>}
        <a class="button" href={url} download={file.name} target="_blank"><Icon of={Download} />{t('file-save')}</a>
      </div>
      <p class="hint">{t('file-save-hint')}</p>
    </>
  );
}
