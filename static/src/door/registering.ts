/** The way to an account, one question a page: which questions there are, in which order, and who is asked which. */
import type { Checked, Guardian, OrganisationCard, Registration, Sent, Sex } from './server.ts';
import { isMinor, yearOf } from './typed.ts';

/** The questions in their order. */
export const STEPS = [
  'where', 'contact', 'code', 'family', 'waiting', 'name', 'birth', 'guardian', 'sex', 'language', 'login', 'password', 'check',
] as const;
export type Step = (typeof STEPS)[number];

/** Everything said so far; it stays in this tab until the account is made. Never the password. */
export interface Answers {
  step: Step;
  organisation: OrganisationCard | null;
  contact: string;
  sent: Sent | null;
  code: string;
  checked: Checked | null;
  /** The waiting person they are; null when none of them, or not asked. */
  claim: string | null;
  name: string;
  year: string;
  guardian: Guardian;
  sex: Sex | null;
  language: string;
  login: string;
}

export const NO_ANSWERS: Answers = {
  step: 'where', organisation: null, contact: '', sent: null, code: '', checked: null, claim: null,
  name: '', year: '', guardian: { name: '', relation: '' }, sex: null, language: '', login: '',
};

/** Whether this question is asked of this person. */
function isAsked(step: Step, answers: Answers, thisYear: number): boolean {
  switch (step) {
    case 'family': return (answers.checked?.logins_taken ?? 0) > 0;
    case 'waiting': return (answers.checked?.waiting.length ?? 0) > 0;
    case 'guardian': return needsGuardian(answers, thisYear);
    default: return true;
  }
}

export function needsGuardian(answers: Answers, thisYear: number): boolean {
  const year = yearOf(answers.year, thisYear);
  return year !== null && isMinor(year, thisYear);
}

/** The question after this one. */
export function after(step: Step, answers: Answers, thisYear: number): Step {
  return STEPS.slice(STEPS.indexOf(step) + 1).find((one) => isAsked(one, answers, thisYear)) ?? 'check';
}

/** The question before this one; null at the first. A code that was right is not asked for again. */
export function before(step: Step, answers: Answers, thisYear: number): Step | null {
  const earlier = STEPS.slice(0, STEPS.indexOf(step)).filter((one) => isAsked(one, answers, thisYear));
  return earlier.filter((one) => one !== 'code' || answers.checked === null).at(-1) ?? null;
}

/** Another phone or mailbox: what hung on the code of the one before is asked anew. */
export function withSent(answers: Answers, contact: string, sent: Sent): Answers {
  return { ...answers, contact, sent, code: '', checked: null, claim: null };
}

/** The code was right: what the server suggests stands in the fields that are empty. */
export function withChecked(answers: Answers, code: string, checked: Checked): Answers {
  return { ...answers, code, checked, claim: null, login: answers.login || checked.suggest };
}

/** They are one of those who wait, or none of them. */
export function withClaim(answers: Answers, claim: string | null): Answers {
  const found = answers.checked?.waiting.find((one) => one.person === claim);
  return { ...answers, claim, name: found?.name ?? answers.name };
}

/** What is sent at the end; null while something is missing. */
export function registration(answers: Answers, thisYear: number): Omit<Registration, 'kdf' | 'key'> | null {
  const year = yearOf(answers.year, thisYear);
  const { sent, sex, claim, guardian } = answers;
  if (sent === null || year === null || sex === null) return null;
  return {
    id: sent.id,
    code: answers.code,
    login: answers.login.trim(),
    name: answers.name.trim(),
    birth_year: year,
    sex,
    language: answers.language,
    ...(needsGuardian(answers, thisYear) ? { guardian: { name: guardian.name.trim(), relation: guardian.relation.trim() } } : {}),
    ...(claim === null ? {} : { claim }),
  };
}

/** How long after its code has run out what somebody answered is still shown, in ms. Longer shows it to whoever comes next to this tab. */
const SHOWN_FOR_MS = 30 * 60_000;

/** Answers that were kept in this tab; the empty ones when there are none, or they are old, or not of this version of the page. */
export function remembered(text: string | null, now: number): Answers {
  if (text === null) return NO_ANSWERS;
  try {
    const found = JSON.parse(text) as Answers;
    const whole = Object.keys(NO_ANSWERS).every((name) => name in found) && STEPS.includes(found.step);
    if (found.sent !== null && now > found.sent.expires + SHOWN_FOR_MS) return NO_ANSWERS;
    // The password is never kept: whoever had given it gives it again.
    return whole ? { ...found, step: found.step === 'check' ? 'password' : found.step } : NO_ANSWERS;
  } catch {
    return NO_ANSWERS;
  }
}
