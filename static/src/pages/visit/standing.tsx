/** Says, to both sides of a visit that goes on, that the doctor's registration was suspended meanwhile. */
import type { VisitDetail } from '../../api.ts';
import { t } from '../../i18n.ts';
import { Notice } from '../../ui/parts.tsx';
import type { Session } from '../../visit/session.ts';

export function StandingNotice({ session, detail }: { session: Session; detail: VisitDetail }) {
  if (!session.suspended.value) return null;
  const text = session.role === 'doctor' ? t('suspended-doctor') : t('suspended-patient', { name: detail.doctor.name });
  return <Notice meaning="stop" alert><p>{text}</p></Notice>;
}
