/** How records are named to people: what one is, from whom, and who can open it. */
import type { Me } from '../api.ts';
import { locale, t } from '../i18n.ts';
import type { RecordView } from './server.ts';

/** Who reads: their id, and whether as a doctor. A parent reads along in a child's records. */
export interface Viewer {
  id: string;
  name: string;
  doctor: boolean;
}

/** The person here as somebody who reads records; null for guests. */
export function viewer(who: Me | null | undefined): Viewer | null {
  return who?.kind === 'person' ? { id: who.id, name: who.name, doctor: who.role === 'doctor' } : null;
}

/** "Visit with Dr. Rao", "Note from Dr. Rao", "Document you added". */
export function nameOf(record: RecordView, who: Viewer): string {
  const { kind, own, author } = record;
  if (kind === 'transcript') return t('record-visit-with', { name: who.doctor ? record.patient : (record.doctor?.name ?? author) });
  if (own && author === who.name) return t('record-own', { kind: t(`kind-of-${record.kind}`) });
  return t('record-by', { kind: t(`kind-of-${record.kind}`), name: author });
}

/** Where it belongs: the department it is filed under, or that of its visit's doctor. */
export function placeOf(record: RecordView): string | null {
  return record.department ?? record.doctor?.department ?? null;
}

/** A list as people say it: "Asha and Dr. Rao". */
export function listed(names: readonly string[]): string {
  return new Intl.ListFormat(locale.value, { type: 'conjunction' }).format(names);
}

/** Who besides the reader can open a record, by name. Doctors to whom the patient gave access are not among them. */
export function others(record: RecordView, me: string): string[] {
  return [...new Set([record.patient, record.doctor?.name ?? record.author, record.author])].filter((name) => name !== me);
}

/** "Only you can open this.", "You and Dr. Rao can open this."; whether the clinic can, too, is said beside it. */
export function whoOpens(record: RecordView, me: string): string {
  const names = others(record, me);
  if (names.length === 0) return t(record.custody ? 'record-who-you' : 'record-who-only-you');
  return t('record-who', { names: listed([t('you'), ...names]) });
}

/** Bytes as people say them, in units of 1000. */
export function sizeOf(bytes: number): string {
  const [unit, value] = bytes < 1_000_000 ? (['kilobyte', bytes / 1_000] as const) : (['megabyte', bytes / 1_000_000] as const);
  const digits = value < 10 && unit === 'megabyte' ? 1 : 0;
  return new Intl.NumberFormat(locale.value, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: digits }).format(bytes === 0 ? 0 : Math.max(value, digits === 0 ? 1 : 0.1));
}
