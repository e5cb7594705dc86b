/** What people do with consents: ask, answer, read a code aloud, take back, look in an emergency. */
import { pageOf } from './office.ts';
import type { Person } from './person.ts';

/** A doctor asks a patient for these kinds of records, as the form stands. */
export async function asksFor(doctor: Person, patient: string, kinds: readonly string[]): Promise<void> {
  await doctor.tab.open('/consents/ask');
  await doctor.tab.press(`Ask ${patient}`);
  for (const kind of kinds) await doctor.tab.press(kind, 'checkbox');
  await doctor.tab.press('Ask');
  await doctor.tab.awaits('Waiting for an answer', 'heading');
}

/** The page of what a patient shares: from the list of what is open. */
export async function goesToShared(doctor: Person, patient: string): Promise<void> {
  await doctor.tab.press(`Records of ${patient}`, 'link');
  await doctor.tab.awaits(`Shared by ${patient}`, 'heading');
}

/** Looks without asking. */
export async function breaksGlass(doctor: Person, patient: string, password: string): Promise<void> {
  const { page } = pageOf(doctor);
  await doctor.tab.open('/consents/emergency');
  await doctor.tab.press(`Ask ${patient}`);
  await page.getByLabel('Why nobody can be asked', { exact: true }).selectOption('unconscious');
  await doctor.tab.fill('What happened', 'Found unconscious at the bus stand, no papers.');
  await doctor.tab.press(`I know that ${patient} is told at once and that this is reviewed`, 'checkbox');
  await doctor.tab.press('Open the records now');
  await provesAgain(doctor, password, 'The patient has been told.');
}

/** Once more who one is, when the page asks before it shows what comes of it. */
export async function provesAgain(person: Person, password: string, outcome: string): Promise<void> {
  const { page } = pageOf(person);
  const question = page.getByLabel('Password', { exact: true });
  await question.or(page.getByText(outcome)).first().waitFor();
  if (!(await question.isVisible())) return;
  await person.tab.fill('Password', password);
  await person.tab.press('Continue');
}
