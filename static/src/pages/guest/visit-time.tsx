/** When a visit is: on the reader's clock, and on the clinic's where that differs. */
import { t } from '../../i18n.ts';
import type { Invitation } from '../../links.ts';
import { when } from '../../when.ts';
import { clinicTime } from '../../zone.ts';

export function VisitTime({ invitation }: { invitation: Invitation }) {
  const { planned_at: at, zone, now } = invitation;
  if (at === null) return null;
  const there = zone === null ? null : clinicTime(at, zone);
  return (
    <div class="time">
      <p><strong>{when(at, now ?? Date.now())}</strong> {t('your-time')}</p>
      {there !== null && <p class="quiet">{t('clinic-time', { time: there, zone: (zone ?? '').replaceAll('_', ' ') })}</p>}
    </div>
  );
}
