/** Consents in plain words: what, for how long, and why. */
import type { Consent, Emergency, Purpose, Standing, Why } from '../consents.ts';
import { locale, t } from '../i18n.ts';
import type { RecordKind } from '../seal/kinds.ts';

/** Hours up to which people say hours, and not days. */
const IN_HOURS = 48;

/** Minutes as people say them: "30 minutes", "24 hours", "7 days". */
export function span(minutes: number): string {
  const [unit, value] = minutes % 1_440 === 0 && minutes > IN_HOURS * 60 ? (['day', minutes / 1_440] as const) : minutes % 60 === 0 ? (['hour', minutes / 60] as const) : (['minute', minutes] as const);
  return new Intl.NumberFormat(locale.value, { style: 'unit', unit, unitDisplay: 'long' }).format(value);
}

export function listed(words: readonly string[]): string {
  return new Intl.ListFormat(locale.value, { type: 'conjunction' }).format(words);
}

/** "notes and lab results". */
export function whatOf(kinds: readonly RecordKind[]): string {
  return listed(kinds.map((seen) => t(`consent-kind-${seen}`)));
}

export function whyWord(why: Why): string {
  const because = why.replaceAll('_', '-');
  return t(`consent-why-${because}`);
}

export function emergencyWord(why: Emergency): string {
  const danger = why.replaceAll('_', '-');
  return t(`glass-why-${danger}`);
}

export function purposeWord(purpose: Purpose): string {
  const aim = purpose.replaceAll('_', '-');
  return t(`consent-purpose-${aim}`);
}

/** "Storing", "Recording", "Research". */
export function standingWord(given: Standing): string {
  return t(`consent-standing-${given}`);
}

/** "Allowed", "Taken back". */
export function stateWord({ state }: Consent): string {
  return t(`consent-state-${state}`);
}

/** Why, as the list says it; in emergencies their own. */
export function reasonOf(consent: Consent): string {
  const { why } = consent;
  if (why === null) return '';
  if (why === 'unconscious' || why === 'danger_to_life' || why === 'cannot_speak' || why === 'no_guardian') return emergencyWord(why);
  return whyWord(why);
}

/** "Dr Rao, Cardiology". */
export function doctorOf(consent: Consent): string {
  const party = consent.grantee ?? consent.asked_by;
  if (party === null) return '';
  return [party.name, party.department].filter(Boolean).join(', ');
}

type Asked = Pick<Consent, 'kinds' | 'departments' | 'minutes'>;

/** Who asks to see what for how long, in one sentence; `ward` is the child whose records they are. */
export function askSentence(who: string, { kinds, departments, minutes }: Asked, ward: string | null = null): string {
  const values = { who, what: whatOf(kinds), span: span(minutes ?? 0), name: ward ?? '' };
  if (departments === null || departments.length === 0) return ward === null ? t('consent-asks', values) : t('consent-asks-ward', values);
  const places = listed(departments);
  return ward === null ? t('consent-asks-in', { ...values, places }) : t('consent-asks-in-ward', { ...values, places });
}
