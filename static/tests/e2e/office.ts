/** What administrators and the desk do in their pages: add people, look at registrations, suspend, make visits for those who have only a phone. */
import type { ChromiumTab } from './chromium.ts';
import type { Person } from './person.ts';

/** An administrator's tab, with the few verbs its pages need beyond those of every tab. */
export function pageOf(person: Person): ChromiumTab {
  return person.tab as ChromiumTab;
}

/** Chooses from the list with this label. */
export async function choose(tab: ChromiumTab, label: string, option: string): Promise<void> {
  await tab.page.getByLabel(label, { exact: true }).selectOption(option);
}

export interface NewPerson {
  role: string;
  name: string;
  login: string;
  password: string;
}

/** Gives somebody an account, from the administrator's home. */
export async function addPerson(admin: Person, { role, name, login, password }: NewPerson): Promise<void> {
  const tab = pageOf(admin);
  await tab.open('/');
  await tab.press('Add a person');
  await choose(tab, 'Role', role);
  await tab.fill('Name', name);
  await tab.fill('User name', login);
  await tab.fill('Password', password);
  await tab.press('Add');
  await tab.reads(`${name} has an account now.`);
}

/** Opens the registration of a doctor. */
export async function lookAt(admin: Person, doctor: string): Promise<void> {
  await admin.tab.open('/admin/doctors');
  await admin.tab.press(`Look ${doctor}`, 'link');
  await admin.tab.awaits('What was done', 'heading');
}

/** Suspends a doctor, with a reason. */
export async function suspend(admin: Person, doctor: string, why: string): Promise<void> {
  const tab = pageOf(admin);
  await lookAt(admin, doctor);
  await tab.press('Suspend');
  await tab.fill('Why', why);
  await tab.page.getByRole('dialog').getByRole('button', { name: 'Suspend', exact: true }).click();
  await tab.reads(`Suspended: ${why}`);
}

/** Somebody without an account. */
export interface PhonePatient {
  name: string;
  phone: string;
}

/** The desk makes a visit for somebody who has only a phone, with the first doctor; `before` it is filled in, it can be looked at. */
export async function desksPhoneVisit(tab: ChromiumTab, patient: PhonePatient, before?: () => Promise<void>): Promise<void> {
  await tab.press('Start a visit');
  await choose(tab, 'The patient', 'phone');
  await before?.();
  await namePatient(tab, patient);
  await tab.page.getByLabel('Doctor', { exact: true }).selectOption({ index: 1 });
  await makeVisit(tab, patient);
}

/** A doctor makes one, now or at a time as its field wants it. */
export async function doctorsPhoneVisit(tab: ChromiumTab, patient: PhonePatient, at?: string): Promise<void> {
  await tab.press('Start a visit');
  await tab.page.getByText('Has no account, only a phone').click();
  await namePatient(tab, patient);
  if (at !== undefined) await tab.fill('When', at);
  await makeVisit(tab, patient);
}

async function namePatient(tab: ChromiumTab, { name, phone }: PhonePatient): Promise<void> {
  await tab.fill('Name of the patient', name);
  await tab.fill('Phone', phone);
}

async function makeVisit(tab: ChromiumTab, { name }: PhonePatient): Promise<void> {
  await tab.press('Make the visit');
  await tab.awaits(`Links for ${name}`, 'heading');
}
