/** What people do with their records: add a file, write, open, save, change. */
import { readFile } from 'node:fs/promises';

import type { ChromiumTab } from './chromium.ts';
import type { Sent } from './files.ts';
import { choose, pageOf } from './office.ts';
import { Person } from './person.ts';
import { startVisit } from './story.ts';
import { PATIENCE } from './tab.ts';
import { until } from './until.ts';

export interface Treated {
  doctor: Person;
  patient: Person;
  /** The patient's id. */
  id: string;
}

/** A patient and a doctor who treats them, both signed in with keys; `keeps`: the patient lets the clinic keep what they add. */
export async function treated({ tab }: { tab(): Promise<ChromiumTab> }, keeps = true): Promise<Treated> {
  const patient = await Person.signIn(await tab(), 'p001');
  await hasKeys(patient);
  const doctor = await Person.signIn(await tab(), 'd001');
  await hasKeys(doctor);
  await startVisit(doctor, patient.name);
  const id = await patient.tab.run(async () => ((await (await fetch('/api/v1/me')).json()) as { id: string }).id, undefined);
  if (keeps) await letsKeep(patient);
  return { doctor, patient, id };
}

/** Waits until somebody's keys are ready. */
export async function hasKeys(person: Person): Promise<void> {
  const settled = () => person.tab.run(() => performance.getEntriesByName('keys-settled').length > 0, undefined);
  await until(`the keys of ${person.name}`, PATIENCE, settled);
}

/** The patient says, once, that the clinic may keep what they add; a house that does not ask is as well. */
async function letsKeep(patient: Person): Promise<void> {
  patient.tab.complaints.expect(/status of 40[459].*\/consents\/give/);
  await patient.tab.run(async () => {
    const body = JSON.stringify({ id: crypto.randomUUID(), subject: 'store', text_version: 1, language: 'en' });
    await fetch('/api/v1/consents/give', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
  }, undefined);
}

/** Chooses a file on the page that is open. */
export async function chooses(person: Person, file: Sent, label = 'Choose a file'): Promise<void> {
  await pageOf(person).page.getByLabel(label, { exact: true }).setInputFiles(file);
}

/** A patient adds a file, for the doctor of their visit too when told. */
export async function adds(patient: Person, file: Sent, title: string, more: { doctor?: Person; smaller?: boolean; kind?: string } = {}): Promise<void> {
  await patient.tab.open('/records/add');
  await chooses(patient, file);
  await patient.tab.fill('Name', title);
  if (more.kind !== undefined) await choose(pageOf(patient), 'What it is', more.kind);
  if (more.smaller === true) await patient.tab.press('Make the picture smaller', 'checkbox');
  if (more.doctor !== undefined) await sees(patient, more.doctor);
  await patient.tab.press('Seal and send');
}

/** In the form: the doctor of the newest visit is to see it, too. */
async function sees(patient: Person, doctor: Person): Promise<void> {
  const list = pageOf(patient).page.getByLabel('Who should see it', { exact: true });
  await list.locator('option', { hasText: doctor.name }).first().waitFor({ state: 'attached' });
  await list.selectOption({ index: 1 });
}

/** A file has arrived: opens its record. */
export async function arrives(person: Person, title: string, limit = PATIENCE): Promise<void> {
  await person.tab.reads('It is sealed and kept.', limit);
  await person.tab.press(`Open: ${title}`, 'link');
  await person.tab.awaits(title, 'heading');
}

/** The bytes of the file on the page of a record, as they are saved. */
export async function saves(person: Person): Promise<Buffer> {
  const { page } = pageOf(person);
  const coming = page.waitForEvent('download');
  await person.tab.press('Save a copy', 'link');
  return readFile(await (await coming).path());
}

/** Somebody opens a record by its address, which somebody else is at. */
export async function opensToo(person: Person, other: Person, title: string): Promise<void> {
  await person.tab.open(other.tab.path());
  await person.tab.awaits(title, 'heading');
}

/** A doctor writes a note. */
export async function notes(doctor: Person, patient: string, title: string, text: string): Promise<void> {
  await doctor.tab.open(`/patients/${patient}/note`);
  await doctor.tab.fill('Name', title);
  await doctor.tab.fill('Text', text);
  await doctor.tab.press('Seal and keep');
  await doctor.tab.awaits(title, 'heading');
}

/** Everybody goes home. */
export async function leave(...people: Person[]): Promise<void> {
  for (const person of people) await person.goesHome();
}
