/** Consents that are over: how each ended, for whoever wants to look back. */
import type { Consent } from '../../consents.ts';
import { doctorOf, standingWord, stateWord, whatOf } from '../../consents/words.ts';
import { t } from '../../i18n.ts';
import { clockOffset } from '../../live.ts';
import { Badge, type Meaning } from '../../ui/parts.tsx';
import { when } from '../../when.ts';

const MEANING: Record<Consent['state'], Meaning> = { asked: 'wait', granted: 'good', refused: 'stop', revoked: 'stop', expired: 'note', lapsed: 'note' };

export function Past({ past, doctor }: { past: readonly Consent[]; doctor: boolean }) {
  if (past.length === 0) return null;
  const now = Date.now() + clockOffset.value;
  return (
    <details>
      <summary>{t('consent-past', { count: past.length })}</summary>
      <ul class="rows">
        {past.map((one) => (
          <li key={one.id} class="visit-row">
            <div class="row-main">
              <strong dir="auto">{one.subject === 'share' ? (doctor ? one.patient : doctorOf(one)) : standingWord(one.subject)}</strong>
              {one.subject === 'share' && <span>{whatOf(one.kinds)}</span>}
              <span class="quiet">{when(one.ended_at ?? one.decided_at ?? one.made_at, now)}</span>
            </div>
            {one.break_glass && <Badge meaning="wait">{t('glass-emergency')}</Badge>}
            <Badge meaning={MEANING[one.state]}>{stateWord(one)}</Badge>
          </li>
        ))}
      </ul>
    </details>
  );
}
