/** Something to be taken elsewhere: a field that can't be changed, and a button that copies it. */
import { Copy } from 'lucide';
import { useId } from 'preact/hooks';

import { t } from '../i18n.ts';
import { Button } from './button.tsx';
import { toast } from './toast.tsx';

export function CopyField({ label, hint, value, button, primary }: { label: string; hint?: string; value: string; button: string; primary?: boolean }) {
  const id = useId();
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(value);
      toast(t('copied'));
    } catch {
      document.getElementById(id)?.focus();
      toast(t('copy-by-hand'));
    }
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {hint !== undefined && <p class="hint" id={`${id}-hint`}>{hint}</p>}
      <input id={id} readOnly value={value} aria-describedby={hint === undefined ? undefined : `${id}-hint`} onFocus={(event) => event.currentTarget.select()} />
      <Button icon={Copy} kind={primary === true ? 'primary' : 'plain'} onClick={() => void copy()}>{button}</Button>
    </div>
  );
}
