/** Too early: how long still, counted down until the page opens by itself. */
import { useEffect, useState } from 'preact/hooks';

import { t } from '../../i18n.ts';
import type { Invitation } from '../../links.ts';
import { Card } from '../../ui/parts.tsx';
import { left } from '../../zone.ts';

/** How often the countdown is drawn, in ms. */
const DRAWN_EVERY_MS = 1_000;

export function TooEarly({ invitation, open }: { invitation: Invitation; open: () => void }) {
  const [now, setNow] = useState(Date.now);
  // Both clocks as they stood when the server answered: ours may be wrong.
  const [offset] = useState(() => (invitation.now ?? Date.now()) - Date.now());
  const rest = (invitation.opens_at ?? 0) - offset - now;
  const due = rest <= 0;
  useEffect(() => {
    if (due) return open();
    const timer = setInterval(() => setNow(Date.now()), DRAWN_EVERY_MS);
    return () => clearInterval(timer);
  }, [due]);
  return (
    <Card>
      <p>{t('too-early')}</p>
      <p class="countdown" role="timer">{t('countdown', { ...left(rest) })}</p>
      <p class="quiet">{t('too-early-stay')}</p>
    </Card>
  );
}
