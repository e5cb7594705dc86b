/** Too early: how long still, counted down until the page opens by itself. */
import './guest.css';

import { useEffect, useState } from 'preact/hooks';

import { t } from '../../i18n.ts';
import { Card } from '../../ui/parts.tsx';
import { left } from '../../zone.ts';

/** How often the countdown is drawn, in ms. */
const DRAWN_EVERY_MS = 1_000;

interface TooEarlyProps {
  /** By the server's clock. */
  opensAt: number;
  /** What the server's clock showed when it said so; ours may be wrong. */
  serverNow: number;
  open: () => void;
}

export function TooEarly({ opensAt, serverNow, open }: TooEarlyProps) {
  const [now, setNow] = useState(Date.now);
  const [offset] = useState(() => serverNow - Date.now());
  const rest = opensAt - offset - now;
  const due = rest <= 0;
  useEffect(() => {
    if (due) {
      open();
      return undefined;
    }
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
