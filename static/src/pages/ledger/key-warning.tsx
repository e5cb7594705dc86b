/** In a call: a key that the clinic's log does not have, or not yet. */
import type { KeyWarning } from '../../keys.ts';
import { t } from '../../i18n.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/parts.tsx';

/** `compare` opens the words to read to each other; null for one's own side. */
export function LogWarning({ kind, name, compare }: { kind: KeyWarning['kind']; name: string; compare: (() => void) | null }) {
  if (kind === 'unlogged') return <Notice meaning="stop" alert><p>{t('log-key-unlogged', { name })}</p></Notice>;
  if (kind === 'pending') return <Notice><p>{t('log-key-waits', { name })}</p></Notice>;
  return (
    <Notice meaning="wait" alert>
      <p>{t('log-key-late', { name })}</p>
      {compare !== null && <div class="actions"><Button onClick={compare}>{t('key-compare')}</Button></div>}
    </Notice>
  );
}
