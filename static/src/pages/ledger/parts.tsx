/** What pages say of a proof: that it proves nothing and why, who signed it and who they are, and its numbers. */
import { useEffect, useState } from 'preact/hooks';

import { Download } from 'lucide';

import { t } from '../../i18n.ts';
import { base64 } from '../../ledger/base64.ts';
import type { Proven } from '../../ledger/proof.ts';
import type { Trust } from '../../ledger/about.ts';
import type { Unproven } from '../../ledger/unproven.ts';
import { listed } from '../../records/words.ts';
import { hex } from '../../seal/bytes.ts';
import { Icon } from '../../ui/icon.tsx';
import { Notice } from '../../ui/parts.tsx';

/** `title` and `todo` where it is no file that is not proven. */
export function NotProven({ why, title, todo }: { why: Unproven; title?: string; todo?: string }) {
  return (
    <Notice meaning="stop" alert>
      <p><strong>{title ?? t('unproven-title')}</strong></p>
      <p>{t(`unproven-${why.why.replaceAll('_', '-')}`, why.count === null ? {} : { ...why.count })}</p>
      <p>{todo ?? t('unproven-what-to-do')}</p>
    </Notice>
  );
}

/** The honest sentence about who runs the validators. */
export function WhoRuns({ trust }: { trust: Trust }) {
  return <p>{t(`trust-${trust.kind.replace('_', '-')}`, { count: trust.validators, names: listed(trust.operators), faulty: trust.faulty })}</p>;
}

export function Signed({ proven: { head } }: { proven: Proven }) {
  return <p>{t('prove-signed', { have: head.signers.length, all: head.of, need: head.threshold })}</p>;
}

/** What a proof says, for those who want to compare it elsewhere. */
export function Numbers({ proven: { head, index, opening } }: { proven: Proven }) {
  const { committed, leaf } = opening;
  return (
    <details>
      <summary>{t('prove-details')}</summary>
      <dl class="proof-facts">
        <dt>{t('prove-log')}</dt><dd><code>{head.origin}</code></dd>
        <dt>{t('prove-entry')}</dt><dd>{t('prove-entry-of', { number: String(index + 1), count: String(head.size) })}</dd>
        <dt>{t('prove-batch')}</dt><dd>{String(leaf.batch)}</dd>
        {committed.kind === 'object' && <><dt>{t('prove-fingerprint')}</dt><dd><code>{hex(committed.hash)}</code></dd></>}
        <dt>{t('prove-root')}</dt><dd><code>{base64(head.root)}</code></dd>
        <dt>{t('prove-validators')}</dt><dd><code>{head.signers.join(' ')}</code></dd>
      </dl>
    </details>
  );
}

/** A text to be saved as a file. */
export function SaveText({ text, name, type = 'text/plain', label, primary }: { text: string; name: string; type?: string; label: string; primary?: boolean }) {
  const [url, make] = useState<string | null>(null);
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([text], { type }));
    make(made);
    return () => URL.revokeObjectURL(made);
  }, [text, type]);
  if (url === null) return null;
  return <a class={`button${primary === true ? ' primary' : ''}`} href={url} download={name}><Icon of={Download} />{label}</a>;
}
