/** What a doctor is told about their registration. */
import { type Credential, daysLeft } from './credentials.ts';
import { t } from './i18n.ts';
import type { Meaning } from './ui/parts.tsx';
import { paperDay } from './when.ts';

/** Days before its end from which a registration is said to end soon. */
const SOON_DAYS = 60;

/** What is said of it, and how loud. Null when all is well and nothing need be done. */
export function standingOf(one: Credential | null, now: number): { meaning: Meaning; text: string } | null {
  if (one === null) return { meaning: 'wait', text: t('standing-none') };
  switch (one.state) {
    case 'submitted': return { meaning: 'wait', text: one.documents.length === 0 ? t('standing-no-papers') : t('standing-submitted') };
    case 'checked': return { meaning: 'wait', text: t('standing-checked') };
    case 'matched': return { meaning: 'wait', text: t('standing-matched') };
    case 'expired': return { meaning: 'stop', text: t('standing-expired', { day: paperDay(one.valid_until) }) };
    case 'suspended': return { meaning: 'stop', text: t('standing-suspended', { why: one.suspended_why ?? '' }) };
    case 'refused': return { meaning: 'stop', text: t('standing-refused', { why: one.history.findLast((event) => event.to === 'refused')?.why ?? '' }) };
    case 'active':
    case 'expiring': return ending(one, now);
  }
}

function ending(one: Credential, now: number): { meaning: Meaning; text: string } | null {
  const left = daysLeft(one, now);
  if (left > SOON_DAYS) return null;
  return { meaning: 'wait', text: t('standing-expiring', { count: left, day: paperDay(one.valid_until) }) };
}
