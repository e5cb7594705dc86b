/** What a home says about the keys: nothing when all is well, else the one thing to do, below the visit that is now. */
import { t } from '../i18n.ts';
import { keys } from '../keys.ts';
import { later } from '../later.tsx';
import { withTexts } from '../texts.ts';
import { Card, Notice } from '../ui/parts.tsx';

const OwnKeys = later<{ full?: boolean }>(async () => (await withTexts('ledger', import('./ledger/own-keys.tsx'))).OwnKeys);

export function KeyNotice() {
  const state = keys.state.value;
  switch (state.kind) {
    case 'locked': return <Todo text={t(`locked-${state.why}`)} />;
    case 'pending': return <Todo text={t('pending-card')} />;
    case 'failed': return <Todo text={t('keys-failed')} />;
    case 'ready': return <OwnKeys />;
    case 'making':
    case 'none': return null;
  }
}

export function RecoveryCard() {
  const state = keys.state.value;
  if (state.kind !== 'ready' || state.recovery) return null;
  return (
    <Card>
      <p><strong>{t('recovery-card-title')}</strong></p>
      <p class="quiet">{t('recovery-card-why')}</p>
      <div><a class="button" href="/recovery">{t('recovery-print')}</a></div>
    </Card>
  );
}

function Todo({ text }: { text: string }) {
  return (
    <Notice meaning="wait">
      <p>{text}</p>
      <a class="button" href="/keys">{t('keys-open')}</a>
    </Notice>
  );
}
