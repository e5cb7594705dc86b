/** A doctor's registration: sent in, checked, found in the register and put into force by two people; suspended in the middle of a visit. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { ChromiumTab } from './chromium.ts';
import { addPerson, lookAt, pageOf, suspend } from './office.ts';
import { Person } from './person.ts';
import { stage } from './stage.ts';
import { meet, startVisit } from './story.ts';

const { tab } = stage('each');

/** A paper that is a PDF by its first bytes. */
const PAPER = { name: 'certificate.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n') };

const DOCTOR = { role: 'doctor', name: 'Dr. Vikram Singh', login: 'd900', password: 'a doctor of nine' };
const SECOND = { role: 'admin', name: 'Second Admin', login: 'a900', password: 'an admin of nine' };

async function sendIn(doctor: Person): Promise<void> {
  const page = pageOf(doctor);
  await page.press('Open my registration', 'link');
  await page.reads('You have not given your registration yet.');
  await page.fill('Qualification', 'MBBS, MD (General Medicine)');
  await page.fill('Medical council', 'Punjab Medical Council');
  await page.fill('Registration number', 'PMC-90017');
  await page.fill('Specialty', 'General medicine');
  await page.fill('Valid until', `${new Date().getFullYear() + 3}-06-30`);
  await page.press('Send it in');
  await page.reads('Add a photo or scan of your certificate');
}

test('a doctor sends in a registration, two administrators put it into force, and then a visit can be started', async () => {
  const admin = await Person.signIn(await tab(), 'a001');
  await addPerson(admin, DOCTOR);
  await addPerson(admin, SECOND);
  const doctor = await Person.enter(await tab({ width: 360 }), DOCTOR.login, DOCTOR.password);
  await doctor.tab.reads('You cannot start or accept visits until it is in force.');
  assert.ok(!(await doctor.tab.offers('Start a visit')));
  await sendIn(doctor);

  const papers = pageOf(doctor).page.getByLabel('A paper, as PDF, JPEG or PNG');
  await papers.setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('not a paper') });
  await doctor.tab.reads('only PDF, JPEG and PNG files can be read here');
  doctor.tab.complaints.expect(/status of 401/);
  assert.equal(await doctor.tab.run(async () => (await fetch('/api/v1/me/lock', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' })).status, undefined), 204);
  await papers.setInputFiles(PAPER);
  await doctor.tab.awaits('Locked', 'heading');
  await doctor.tab.fill('Password', DOCTOR.password);
  await doctor.tab.press('Open');
  await doctor.tab.reads('The clinic checks the papers next.');

  await lookAt(admin, DOCTOR.name);
  await admin.tab.reads('certificate.pdf');
  await admin.tab.press('The papers are in order');
  await pageOf(admin).page.getByText('The register is not here as a file').click();
  await admin.tab.fill('How you found it', 'Looked up on the page of the council today.');
  await admin.tab.press('Note it as found');
  await admin.tab.awaits('Put into force');
  admin.tab.complaints.expect(/status of 409/);
  await admin.tab.press('Put into force');
  await admin.tab.reads('Two different people must do this.');

  const second = await Person.enter(await tab(), SECOND.login, SECOND.password);
  await lookAt(second, DOCTOR.name);
  await second.tab.press('Put into force');
  await second.tab.reads('The registration is in force.');

  await doctor.tab.open('/');
  await startVisit(doctor, 'Meera Nair');
  const patient = await Person.signIn(await tab(), 'p001');
  await patient.tab.reads('Reg. no. PMC-90017, Punjab Medical Council');
  for (const person of [admin, second, doctor, patient]) await person.goesHome();
});

test('a register that is taken in says which lines it could not read', async () => {
  const admin = await Person.signIn(await tab(), 'a001');
  await admin.tab.open('/admin/doctors');
  const rows = ['council,number,name,qualification,valid_until', 'Punjab Medical Council,PMC-1,A. One,MBBS,2030-01-31', 'Punjab Medical Council,,No Number,MBBS,2030-01-31'];
  await pageOf(admin).page.getByLabel('Register as a CSV file').setInputFiles({ name: 'register.csv', mimeType: 'text/csv', buffer: Buffer.from(`${rows.join('\n')}\n`) });
  await admin.tab.reads('1 line was taken in.');
  await admin.tab.reads('1 line could not be read:');
  await admin.tab.reads('Line 3:');
  await admin.goesHome();
});

test('a suspension shows to both in a visit that goes on, and no other can be started', async () => {
  const { doctor, patient } = await meet(await tab(), await tab());
  const admin = await Person.signIn(await tab(), 'a001');
  await suspend(admin, doctor.name, 'The council asks for it.');
  await doctor.tab.reads('Your registration has just been suspended.');
  await patient.tab.reads(`The clinic has just suspended the registration of ${doctor.name}.`);
  for (const person of [doctor, patient]) await person.hearsAndSees();

  const home = doctor.inTab(await tab({ beside: doctor.tab as ChromiumTab }));
  await home.tab.open('/');
  await home.tab.reads('Reason: The council asks for it.');
  assert.ok(!(await home.tab.offers('Start a visit')));
  for (const person of [admin, doctor, patient, home]) await person.goesHome();
});
