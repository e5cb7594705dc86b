/** Who besides the patient should be able to open something: the doctor of one of their visits, or nobody. */
import { useEffect, useState } from 'preact/hooks';

import { api } from '../../api.ts';
import { t } from '../../i18n.ts';
import { clockOffset } from '../../live.ts';
import { recordServer } from '../../records/server.ts';
import { Choose } from '../../ui/field.tsx';
import { when } from '../../when.ts';
import { me } from '../../who.ts';

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

/** Visits of a patient: one's own are asked for; those of a child one answers for are read off its records. */
async function visitsOf(patient: string): Promise<readonly Seen[]> {
  const now = Date.now() + clockOffset.peek();
  const name = (doctor: string, time: number): string => t('file-for-visit', { name: doctor, time: when(time, now) });
  const who = me.peek();
  if (who?.kind === 'person' && who.id !== patient) {
    const { records } = await recordServer.list({ patient });
    const known = records.flatMap(({ visit, doctor, at }) => (visit === null || doctor === null ? [] : [[visit, { id: visit, doctor: doctor.name, name: name(doctor.name, at), place: doctor.department }] as const]));
    return [...new Map(known).values()];
  }
  const held = (await api.visits()).filter((one) => one.state === 'open' || one.state === 'ended').sort((a, b) => b.made_at - a.made_at);
  return held.map(({ id, doctor, planned_at, made_at }) => ({ id, doctor: doctor.name, name: name(doctor.name, planned_at ?? made_at), place: doctor.department }));
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
