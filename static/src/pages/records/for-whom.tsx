/** Who besides the patient should be able to open something: the doctor of one of their visits, or nobody. */
import { useEffect, useState } from 'preact/hooks';

import { t } from '../../i18n.ts';
import { clockOffset } from '../../live.ts';
import { recordServer } from '../../records/server.ts';
import { Choose } from '../../ui/field.tsx';
import { when } from '../../when.ts';

/** Visits among which somebody chooses. */
const VISITS = 10;

export interface Seen {
  id: string;
  doctor: string;
  /** Doctor and time. */
  name: string;
  /** The doctor's department. */
  place: string | null;
}

/** Visits of a patient: one's own, or those of a child one answers for. */
async function visitsOf(patient: string): Promise<readonly Seen[]> {
  const now = Date.now() + clockOffset.peek();
  const held = (await recordServer.visits(patient)).filter((one) => one.state === 'open' || one.state === 'ended').sort((a, b) => b.made_at - a.made_at);
  return held.map(({ id, doctor, planned_at, made_at }) => ({ id, doctor: doctor.name, name: t('file-for-visit', { name: doctor.name, time: when(planned_at ?? made_at, now) }), place: doctor.department }));
}

/** The visits of a patient that were or are held, the newest first; null before that is known, and when they are not `wanted`. */
export function useVisits(wanted: boolean, patient: string): readonly Seen[] | null {
  const [visits, setVisits] = useState<readonly Seen[] | null>(null);
  useEffect(() => {
    if (wanted) visitsOf(patient).then(setVisits, () => setVisits([]));
  }, [wanted, patient]);
  return visits;
}

/** `change` gets the visit, empty for nobody else, and the department of its doctor. */
export function ForWhom({ visits, value, change }: { visits: readonly Seen[]; value: string; change: (visit: string, place: string | null) => void }) {
  const offered = visits.filter((one, at) => at < VISITS || one.id === value);
  const options = [{ value: '', label: t('file-for-me') }, ...offered.map((one) => ({ value: one.id, label: one.name }))];
  return <Choose label={t('file-for')} hint={t('file-for-hint')} value={value} options={options} onChange={(visit) => change(visit, visits.find((one) => one.id === visit)?.place ?? null)} />;
}
