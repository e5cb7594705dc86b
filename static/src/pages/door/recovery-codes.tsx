/** Ten recovery codes for the second step: shown once, to copy or print, and gone when they are kept. */
import '../keys/keys.css';
import './door.css';

import { Copy, Printer } from 'lucide';
import { useState } from 'preact/hooks';

import { t } from '../../i18n.ts';
import { Button } from '../../ui/button.tsx';
import { Check } from '../../ui/field.tsx';
import { toast } from '../../ui/toast.tsx';
import { config } from '../../who.ts';

/** Puts a text on the clipboard, and says how it went. */
export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(t('copied'));
  } catch {
    toast(t('copy-by-hand'));
  }
}

export function RecoveryCodes({ codes, name, done, busy }: { codes: readonly string[]; name: string; done: () => void; busy?: boolean }) {
  const [kept, keep] = useState(false);
  return (
    <>
      <p class="no-print">{t('recovery-codes-why')}</p>
      <section class="card paper">
        <h2>{t('recovery-codes-title')}</h2>
        <p dir="auto">{[name, config.value?.clinic].filter(Boolean).join(' · ')}</p>
        <ul class="codes">{codes.map((one) => <li key={one}><code>{one}</code></li>)}</ul>
        <p>{t('recovery-codes-each')}</p>
        <p class="quiet">{location.origin}</p>
      </section>
      <div class="actions no-print">
        <Button icon={Copy} onClick={() => void copyText(codes.join('\n'))}>{t('recovery-codes-copy')}</Button>
        <Button icon={Printer} onClick={() => window.print()}>{t('recovery-do-print')}</Button>
      </div>
      <form class="stack no-print" onSubmit={(event) => { event.preventDefault(); done(); }}>
        <Check label={t('recovery-codes-kept')} checked={kept} onChange={keep} />
        <Button kind="primary" submit wide disabled={!kept} busy={busy === true}>{t('continue')}</Button>
      </form>
    </>
  );
}
