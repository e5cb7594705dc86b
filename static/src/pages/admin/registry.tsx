/** The council's register as a file: taken in, with what was kept and which lines could not be read. */
import { Upload } from 'lucide';
import { useId, useRef, useState } from 'preact/hooks';

import { credentials, type Imported } from '../../credentials.ts';
import { t } from '../../i18n.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/parts.tsx';

/** Largest file the server takes, in bytes. */
const MAX_REGISTRY = 1024 * 1024;

/** The first line of the file. */
const COLUMNS = 'council,number,name,qualification,valid_until';

/** Bad lines shown at once; the rest are counted. */
const SHOWN_LINES = 20;

export function Registry({ done }: { done: () => void }) {
  const [result, setResult] = useState<Imported | null>(null);
  const [progress, setProgress] = useState<number | null>(null);
  const [large, setLarge] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const task = useTask();
  const take = (file: File): void => {
    setResult(null);
    setLarge(file.size > MAX_REGISTRY);
    if (file.size > MAX_REGISTRY) return;
    task.run(async () => {
      try {
        setResult(await credentials.importRegistry(file, setProgress));
        done();
      } finally {
        setProgress(null);
      }
    });
  };
  return (
    <section class="stack">
      <h2>{t('registry-title')}</h2>
      <p>{t('registry-why')}</p>
      <p class="hint"><code>{COLUMNS}</code></p>
      <label class="unseen" for={id}>{t('registry-file')}</label>
      <input
        id={id}
        ref={input}
        type="file"
        accept=".csv,text/csv"
        hidden
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          event.currentTarget.value = '';
          if (file !== undefined) take(file);
        }}
      />
      <div><Button icon={Upload} busy={task.busy} onClick={() => input.current?.click()}>{t('registry-choose')}</Button></div>
      {progress !== null && <progress max={1} value={progress} aria-label={t('sending-file')} />}
      {large && <Notice meaning="stop" alert><p>{t('registry-large')}</p></Notice>}
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      {result !== null && <Result result={result} />}
    </section>
  );
}

function Result({ result }: { result: Imported }) {
  const more = result.bad.length - SHOWN_LINES;
  return (
    <>
      <Notice meaning={result.bad.length === 0 ? 'good' : 'wait'} alert>
        <p>{t('registry-kept', { count: result.kept })} {result.bad.length > 0 && t('registry-bad', { count: result.bad.length })}</p>
      </Notice>
      {result.bad.length > 0 && (
        <ul class="happened">
          {result.bad.slice(0, SHOWN_LINES).map((one) => <li key={one.line}>{t('registry-line', { line: one.line, why: one.why })}</li>)}
          {more > 0 && <li>{t('registry-more', { count: more })}</li>}
        </ul>
      )}
    </>
  );
}
