/** A button for what can't be taken back lightly: it says what it does and wants a second word. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

import { t } from '../i18n.ts';
import { Button } from './button.tsx';

interface SureProps {
  label: string;
  /** A name for screen readers that says more than the label, and begins with it. */
  name?: string;
  yes: string;
  busy: boolean;
  /** `stop` for what ends or destroys. */
  kind?: 'primary' | 'stop';
  quiet?: boolean;
  onYes: () => void;
  /** What it does. */
  children: ComponentChildren;
}

export function Sure({ label, name, yes, busy, kind = 'stop', quiet = false, onYes, children }: SureProps) {
  const [asking, ask] = useState(false);
  if (!asking) {
    return <Button kind={quiet ? 'quiet' : 'plain'} busy={busy} onClick={() => ask(true)} {...(name === undefined ? {} : { name })}>{label}</Button>;
  }
  return (
    <div class="sure" role="group" aria-label={name ?? label}>
      <p>{children}</p>
      <div class="actions">
        <Button kind={kind} busy={busy} autofocus onClick={() => { ask(false); onYes(); }}>{yes}</Button>
        <Button onClick={() => ask(false)}>{t('sure-no')}</Button>
      </div>
    </div>
  );
}
