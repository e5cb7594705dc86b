/** What people may know of a doctor: qualification, registration, council, and when it was verified. */
import { t } from './i18n.ts';
import { day } from './when.ts';
import type { DoctorView } from './wire.ts';

/** One line for lists and doors; null while the doctor's registration is not in force. */
export function registrationOf(doctor: DoctorView): string | null {
  const { qualification, registration, council, verified_on } = doctor;
  if (registration === null) return null;
  const number = council === null ? t('registered', { number: registration }) : t('registered-with', { number: registration, council });
  return [qualification, number, verified_on === null ? null : t('verified', { day: day(verified_on) })].filter(Boolean).join(' · ');
}
