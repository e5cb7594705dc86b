/** Running the place: settings, tokens, people, the audit and who looked. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { addPerson, choose, pageOf } from './office.ts';
import { Person } from './person.ts';
import { stage } from './stage.ts';
import { startVisit } from './story.ts';

const here = stage('each');
const { tab } = here;

const AUDITOR = { role: 'auditor', name: 'Anil Auditor', login: 'u900', password: 'an auditor of nine' };

test('the organisation’s settings are kept', async () => {
  const admin = await Person.signIn(await tab(), 'a001');
  await admin.tab.open('/admin/organisation');
  await admin.tab.fill('Name', 'Clinic of the Five Rivers');
  await admin.tab.fill('Phone', '+91 183 250 1234');
  await admin.tab.fill('Patients', '45');
  await admin.tab.press('Guests may join visits by a link', 'checkbox');
  await admin.tab.press('Save');
  await admin.tab.reads('The settings are saved.');
  await admin.tab.reload();
  assert.equal(await admin.tab.holds('Name'), 'Clinic of the Five Rivers');
  assert.equal(await admin.tab.holds('Patients'), '45');
  assert.ok(!(await pageOf(admin).page.getByLabel('Guests may join visits by a link').isChecked()));
  await admin.goesHome();
});

test('a token is shown once, lets a program in with its scope and no other, and stops when it is taken back', async () => {
  const admin = await Person.signIn(await tab(), 'a001');
  const page = pageOf(admin);
  await page.open('/admin/tokens');
  await page.press('Make a token');
  await page.fill('Name', 'Ward records');
  await page.press('See who has an account', 'checkbox');
  await page.press('Make it');
  const token = await page.holds('Token');
  assert.match(token, /^vdy_/);
  const asked = async (path: string): Promise<number> => (await fetch(`${here.house.url}/api/v1${path}`, { headers: { Authorization: `Bearer ${token}` } })).status;
  assert.equal(await asked('/people'), 200);
  assert.equal(await asked('/visits'), 403);
  await page.press('I have kept it');
  await page.reads('Works');
  assert.ok(!(await page.page.content()).includes(token));
  await page.press('Take back Ward records');
  await page.press('Yes, take it back');
  await page.reads('Taken back');
  assert.equal(await asked('/people'), 401);
  await admin.goesHome();
});

test('the auditor finds who did what, and that nothing was changed; a patient sees who looked', async () => {
  const admin = await Person.signIn(await tab(), 'a001');
  await addPerson(admin, AUDITOR);
  const doctor = await Person.signIn(await tab(), 'd001');
  const patient = await Person.signIn(await tab({ width: 360 }), 'p001');
  await startVisit(doctor, patient.name);

  const auditor = await Person.enter(await tab(), AUDITOR.login, AUDITOR.password);
  const page = pageOf(auditor);
  await page.press('Check that nothing was changed');
  await page.reads('entries are as they were written.');
  await choose(page, 'What', 'visit.make');
  await page.page.getByLabel('Who', { exact: true }).selectOption({ label: `${doctor.name} · Doctor` });
  await page.press('Show');
  await page.page.locator('tbody tr').first().waitFor();
  const rows = await page.page.locator('tbody tr').allInnerTexts();
  assert.ok(rows.length >= 1);
  assert.ok(rows.every((row) => row.includes('made a visit') && row.includes(doctor.name)), rows.join('\n'));
  const download = page.page.waitForEvent('download');
  await page.press('Save as a file (CSV)');
  assert.equal((await download).suggestedFilename(), 'audit.csv');

  await patient.tab.open('/looked');
  await patient.tab.reads('made your visit');
  await patient.tab.reads('You signed in.');
  for (const person of [admin, doctor, patient, auditor]) await person.goesHome();
});

test('somebody who is shut out in the middle of a call is out of it at once', async () => {
  const admin = await Person.signIn(await tab(), 'a001');
  const patient = await Person.signIn(await tab(), 'p001');
  const doctor = await Person.signIn(await tab(), 'd001');
  await startVisit(doctor, patient.name);
  await doctor.join();
  await doctor.inCall();
  const page = pageOf(admin);
  doctor.tab.complaints.expect(/status of 401|WebSocket connection/);
  await page.press(`Change ${doctor.name}`);
  await page.press('Shut out');
  await page.press('Yes, shut out');
  await page.reads('cannot sign in. Nothing of theirs was deleted.');
  await doctor.tab.awaits('Sign in');
  for (const person of [admin, patient, doctor]) await person.goesHome();
});

test('the page of the API finds an operation and says who may', async () => {
  const page = await tab();
  await page.open('/api/docs');
  await page.fill('Search', 'organisation patch');
  const operation = page.page.locator('summary', { hasText: 'PATCH' }).first();
  await operation.click();
  await page.reads('Who may: Administrator.');
  await page.reads('proving who they are');
  await page.close();
  assert.deepEqual(page.complaints.unexpected, []);
});
