/** Checking saved proofs with nothing but what is here: in the app, and in the file that people keep. */
import './ledger.css';

import { useEffect, useRef, useState } from 'preact/hooks';

import { t } from '../../i18n.ts';
import { checkFiles, type Chosen, MAX_FILE, recognise } from '../../ledger/files.ts';
import type { Policy } from '../../ledger/policy.ts';
import type { Proven } from '../../ledger/proof.ts';
import type { Trust } from '../../ledger/about.ts';
import { Unproven } from '../../ledger/unproven.ts';
import { hex } from '../../seal/bytes.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/parts.tsx';
import { when } from '../../when.ts';
import { NotProven, Numbers, Signed, WhoRuns } from './parts.tsx';

/** What was chosen so far. */
interface Files {
  proof: string | null;
  record: Extract<Chosen, { kind: 'record' }>['jwe'] | null;
  policy: Policy | null;
  /** What is wrong with those that are nothing. */
  odd: string[];
}

const NONE: Files = { proof: null, record: null, policy: null, odd: [] };

async function added(files: Files, chosen: readonly File[]): Promise<Files> {
  const next = { ...files, odd: [] as string[] };
  for (const file of chosen) {
    const found = file.size > MAX_FILE ? null : await recognise(await file.text());
    if (found === null) next.odd.push(t(file.size > MAX_FILE ? 'verify-large' : 'verify-unknown', { name: file.name }));
    else if (found.kind === 'proof') next.proof = found.text;
    else if (found.kind === 'policy') next.policy = found.policy;
    else next.record = found.jwe;
  }
  return next;
}

/** Whose signatures count, and who they are; the rest is in the files. */
export interface Known {
  policy: Policy;
  origin: string;
  trust: Trust;
}

export function Verifier({ known }: { known: Known | null }) {
  const [files, setFiles] = useState(NONE);
  const field = useRef<HTMLInputElement>(null);
  const clear = (): void => {
    setFiles(NONE);
    if (field.current !== null) field.current.value = '';
  };
  return (
    <>
      <p>{t('verify-why')}</p>
      <div class="field">
        <label for="proof-files">{t('verify-choose')}</label>
        <p class="hint" id="proof-files-hint">{t('verify-choose-hint')}</p>
        <input id="proof-files" ref={field} type="file" multiple aria-describedby="proof-files-hint" onChange={(event) => void added(files, [...(event.currentTarget.files ?? [])]).then(setFiles)} />
      </div>
      {files.odd.map((one) => <Notice key={one} meaning="wait" alert><p>{one}</p></Notice>)}
      <Checked files={files} policy={files.policy ?? known?.policy ?? null} />
      <p class="hint">{files.policy !== null ? t('verify-with-file') : known !== null ? t('verify-with-server', { name: known.origin }) : t('verify-no-keys')}</p>
      {files.policy === null && known !== null && <WhoRuns trust={known.trust} />}
      {files !== NONE && <div><Button onClick={clear}>{t('verify-clear')}</Button></div>}
    </>
  );
}

function Checked({ files: { proof, record }, policy }: { files: Files; policy: Policy | null }) {
  const [result, setResult] = useState<Proven | Unproven | null>(null);
  useEffect(() => {
    setResult(null);
    if (proof === null || policy === null) return;
    checkFiles(proof, record, policy).then(setResult, (error: unknown) => setResult(error instanceof Unproven ? error : new Unproven('damaged')));
  }, [proof, record, policy]);
  if (result === null) return null;
  return result instanceof Unproven ? <NotProven why={result} /> : <Good proven={result} fits={record !== null} />;
}

function Good({ proven, fits }: { proven: Proven; fits: boolean }) {
  const { head, opening: { thing, committed, leaf } } = proven;
  const said = { name: head.origin, time: when(leaf.at, Date.now()) };
  const what = t('verify-version', { what: thing.id, number: String(thing.version) });
  return (
    <div class="stack">
      <Notice meaning="good" alert>
        <p>{thing.word === 'record' ? t('verify-record', { ...said, what }) : t(`verify-${thing.word}`, said)}</p>
        {thing.word === 'record' && <p>{fits ? t('verify-record-fits') : t('verify-record-missing')}</p>}
        <Signed proven={proven} />
      </Notice>
      <Said committed={committed} />
      <Numbers proven={proven} />
    </div>
  );
}

/** The very words or bytes that the log's entry stands for. */
function Said({ committed }: { committed: Proven['opening']['committed'] }) {
  const text = committed.kind === 'statement' ? [...committed.facts].map(([name, value]) => `${name}: ${value}`).join('\n')
    : committed.kind === 'signed' ? committed.text.trimEnd()
      : committed.kind === 'inner' ? hex(committed.entry) : null;
  if (text === null) return null;
  return (
    <section class="stack">
      <h2>{t('verify-said')}</h2>
      <p class="proof-said" dir="auto">{text}</p>
    </section>
  );
}
