/** "Prove it": the proof of one thing, fetched and checked here when somebody asks for it, and the files to keep. */
import './ledger.css';

import { ShieldCheck } from 'lucide';
import { useEffect, useState } from 'preact/hooks';

import { t } from '../../i18n.ts';
import { policyText } from '../../ledger/policy.ts';
import type { Proven } from '../../ledger/proof.ts';
import { type Outcome, prove } from '../../ledger/proving.ts';
import type { Provable } from '../../ledger/server.ts';
import { clockOffset } from '../../live.ts';
import type { GeneralJwe } from '../../seal/jwe.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Notice } from '../../ui/parts.tsx';
import { when } from '../../when.ts';
import { config } from '../../who.ts';
import { SaveChecker } from './save-checker.tsx';
import { NotProven, Numbers, SaveText, Signed, WhoRuns } from './parts.tsx';

interface Asked {
  of: Provable;
  /** What else the proof must fit, beyond being about this thing. Throws `Unproven` when it does not. */
  fits: (proven: Proven) => Promise<void>;
  /** The sealed record, to be saved beside its proof. */
  sealed?: GeneralJwe;
}

/** Nothing where no log is kept. */
export function Prove(asked: Asked) {
  const [open, show] = useState(false);
  if (config.value?.ledger !== true) return null;
  return (
    <details class="prove" onToggle={(event) => show(event.currentTarget.open)}>
      <summary><Icon of={ShieldCheck} size={16} /> {t('prove-title')}</summary>
      {open && <Proof {...asked} />}
    </details>
  );
}

function Proof({ of, fits, sealed }: Asked) {
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const task = useTask();
  const look = (): void => task.run(async () => setOutcome(await prove(of, fits)));
  useEffect(look, []);
  if (task.error !== null) return <Notice meaning="stop" alert><p>{task.error}</p><Button onClick={look}>{t('try-again')}</Button></Notice>;
  switch (outcome?.kind) {
    case undefined: return <p role="status" class="quiet">{t('prove-checking')}</p>;
    case 'no_log': return <Notice><p>{t('prove-no-log')}</p></Notice>;
    case 'waiting': return <Notice meaning="wait"><p>{t('prove-waiting', { seconds: outcome.seconds })}</p><Button busy={task.busy} onClick={look}>{t('prove-again')}</Button></Notice>;
    case 'unproven': return (
      <div class="stack">
        <NotProven why={outcome.why} />
        {outcome.file !== null && <div><SaveText text={outcome.file} name={`${nameOf(of)}.tlog-proof`} label={t('prove-save')} /></div>}
      </div>
    );
    case 'proven': return <Good of={of} outcome={outcome} sealed={sealed ?? null} />;
  }
}

/** What files of this thing are called: without its name, which may say something. */
function nameOf(of: Provable): string {
  switch (of.kind) {
    case 'record': return `vaidya-record-${of.id.slice(0, 8)}-v${of.ver}`;
    case 'consent': return `vaidya-consent-${of.id.slice(0, 8)}`;
    case 'registration': return `vaidya-registration-${of.visit.slice(0, 8)}`;
    case 'access': return `vaidya-access-${of.seq}`;
  }
}

function Good({ of, outcome: { proven, file, policy, about }, sealed }: { of: Provable; outcome: Extract<Outcome, { kind: 'proven' }>; sealed: GeneralJwe | null }) {
  const name = nameOf(of);
  return (
    <div class="stack">
      <Notice meaning="good" alert>
        <p>{t(`prove-${of.kind}`, { time: when(proven.opening.leaf.at, Date.now() + clockOffset.value) })}</p>
        <Signed proven={proven} />
      </Notice>
      <div class="actions">
        <SaveText text={file} name={`${name}.tlog-proof`} label={t('prove-save')} primary />
        {sealed !== null && <SaveText text={JSON.stringify(sealed)} name={`${name}.jwe.json`} type="application/json" label={t('prove-save-record')} />}
        <SaveText text={policyText(policy)} name="vaidya-log-keys.txt" label={t('prove-save-keys')} />
        <SaveChecker about={about} />
      </div>
      <p class="hint">{t('prove-save-hint')} <a href="/verify">{t('prove-check')}</a></p>
      <details>
        <summary>{t('prove-what')}</summary>
        <div class="stack">
          <p>{t('prove-does')}</p>
          <p>{t('prove-does-not')}</p>
          <p>{t('prove-words-hidden')}</p>
          <WhoRuns trust={about.trust} />
        </div>
      </details>
      <Numbers proven={proven} />
    </div>
  );
}
