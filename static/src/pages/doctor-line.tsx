/** A doctor's registration under their name, wherever a patient meets it. */
import { BadgeCheck } from 'lucide';

import { registrationOf } from '../doctor.ts';
import { Icon } from '../ui/icon.tsx';
import type { DoctorView } from '../wire.ts';

export function DoctorLine({ doctor }: { doctor: DoctorView }) {
  const line = registrationOf(doctor);
  if (line === null) return null;
  return <p class="quiet doctor-line"><Icon of={BadgeCheck} size={16} /><span dir="auto">{line}</span></p>;
}
