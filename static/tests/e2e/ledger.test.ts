/** Proofs that people keep, the doctor at the door, keys that the log does not have, and the page of who watches over the log. */
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import type { Page } from 'playwright-core';

import { bind, importBundle, makeBundle } from '../../src/seal/identity.ts';
import type { Sent } from './files.ts';
import { look } from './inspect.ts';
import { pageOf } from './office.ts';
import { Person } from './person.ts';
import { stage } from './stage.ts';
import { startVisit } from './story.ts';
import { PATIENCE } from './tab.ts';
import { until } from './until.ts';
import { notes, opensToo, treated } from './vault.ts';

const here = stage('each');

/** Opens "Prove it" on what is shown, and looks again until the log has it. */
async function proves(person: Person, text: string): Promise<void> {
  const { page } = pageOf(person);
  pageOf(person).complaints.expect(/status of 409.*\/proof/);
  await page.getByText('Prove it', { exact: true }).first().click();
  await until(`it is proven: ${text}`, PATIENCE, async () => {
    if (await person.tab.offers('Look again')) await person.tab.press('Look again');
    return page.getByText(text).first().isVisible();
  });
}

/** What is saved when this is pressed. */
async function saved(page: Page, name: string, role: 'link' | 'button' = 'link'): Promise<Sent & { path: string }> {
  const coming = page.waitForEvent('download');
  await page.getByRole(role, { name, exact: true }).click();
  const download = await coming;
  const path = join(mkdtempSync(join(tmpdir(), 'vaidya-saved-')), download.suggestedFilename());
  await download.saveAs(path);
  return { name: download.suggestedFilename(), mimeType: 'application/octet-stream', buffer: await readFile(path), path };
}

async function chooses(page: Page, ...files: Sent[]): Promise<void> {
  await page.getByLabel('Choose the files', { exact: true }).setInputFiles(files.map(({ name, mimeType, buffer }) => ({ name, mimeType, buffer })));
}

/** The same file with one character of its middle changed. */
function spoilt(file: Sent): Sent {
  const buffer = Buffer.from(file.buffer);
  const middle = buffer.indexOf('\n\n') - 10;
  buffer[middle] = buffer[middle] === 0x41 ? 0x42 : 0x41;
  return { ...file, buffer };
}

test('a doctor writes a record, the patient saves its proof, the server is stopped, and the proof verifies offline', async () => {
  const { doctor, patient, id } = await treated(here);
  await notes(doctor, id, 'Cough, second visit', 'Better. Take the syrup until Friday.');
  await opensToo(patient, doctor, 'Cough, second visit');
  await proves(patient, 'not a byte of it was changed since');
  const { page, context } = pageOf(patient);
  const [proof, record, checker] = [await saved(page, 'Save the proof'), await saved(page, 'Save the sealed record'), await saved(page, 'Save the checker', 'button')];
  assert.match(proof.name, /\.tlog-proof$/);
  await patient.tab.open('/verify');
  await patient.tab.reads('Checked with the keys of');
  await doctor.goesHome();

  pageOf(patient).complaints.expect(/WebSocket|ERR_CONNECTION_REFUSED|ERR_INTERNET_DISCONNECTED|ERR_EMPTY_RESPONSE/);
  await here.house.kill();
  await chooses(page, proof, record);
  await patient.tab.reads('byte for byte');
  await chooses(page, spoilt(proof));
  await patient.tab.reads('Not proven');

  // And with nothing of the clinic's but the files.
  const alone = await context.newPage();
  await context.setOffline(true);
  await alone.goto(`file://${checker.path}`);
  await chooses(alone, proof, record);
  await alone.getByText('byte for byte').waitFor();
  await chooses(alone, spoilt(proof));
  await alone.getByText('Not proven').waitFor();
  await alone.close();
  await patient.goesHome();
});

test('the proof of another record is not taken for the one that is shown', async () => {
  const { doctor, patient, id } = await treated(here);
  await notes(doctor, id, 'First', 'One.');
  const first = doctor.tab.path();
  await notes(doctor, id, 'Second', 'Two.');
  await opensToo(patient, doctor, 'Second');
  await proves(patient, 'not a byte of it was changed since');
  const { page } = pageOf(patient);
  await page.route(/\/records\/[^/]+\/proof/, async (route) => route.fulfill({ response: await route.fetch({ url: new URL(`/api/v1${first}/proof?ver=1`, here.house.url).href }) }));
  await patient.tab.reload();
  await proves(patient, 'The proof is about something else than what is shown.');
  for (const person of [doctor, patient]) await person.goesHome();
});

test('at the door the patient’s browser proves the doctor’s registration, and says so when something else is shown', async () => {
  const doctor = await Person.signIn(await here.tab(), 'd001');
  const patient = await Person.signIn(await here.tab(), 'p001');
  const path = await startVisit(doctor, patient.name);
  pageOf(patient).complaints.expect(/status of 409.*\/credential-proof/);
  await doctor.join();
  await patient.tab.open(path);
  await patient.join();
  await patient.tab.reads('Registration verified, with proof');

  await pageOf(patient).page.route(/\/api\/v1\/visits\/[^/]+$/, async (route) => {
    const answer = await route.fetch();
    const detail = (await answer.json()) as { doctor: { registration: string } };
    detail.doctor.registration = '99999';
    await route.fulfill({ response: answer, json: detail });
  });
  await patient.tab.reload();
  await patient.join();
  await patient.tab.reads('could not be proven');
  for (const person of [doctor, patient]) await person.goesHome();
});

test('a key for the doctor that the log does not have is sealed to by nobody, and that is said', async () => {
  const doctor = await Person.signIn(await here.tab(), 'd001');
  const patientTab = await here.tab();
  const patient = await Person.signIn(patientTab, 'p001');
  const path = await startVisit(doctor, patient.name);
  const identity = await importBundle(await makeBundle());
  await patientTab.page.route(/\/visits\/[^/]+\/keys$/, async (route) => {
    const answer = await route.fetch();
    const listed = (await answer.json()) as { doctor: { person: string }[] };
    const [real] = listed.doctor;
    assert.ok(real);
    const forged = { ...(await bind(identity, real.person, crypto.randomUUID())), device: '', made_at: Date.now(), status: 'live' };
    await route.fulfill({ response: answer, json: { ...listed, doctor: [forged] } });
  });
  await doctor.join();
  await doctor.inCall();
  await patient.tab.open(path);
  await patient.join();
  await patient.tab.reads('You are at the door');
  await doctor.tab.press(`Let in ${patient.name}`);
  await patient.tab.reads('The clinic’s log does not have the key');
  for (const person of [doctor, patient]) await person.goesHome();
});

look('the page of the log, before and after something was committed', async (inspect) => {
  const admin = await Person.signIn(await here.tab(), 'a001');
  await admin.tab.open('/admin/log');
  await admin.tab.reads('All 4 validators run in one program of City Clinic.');
  await admin.tab.reads('The log works');
  await admin.tab.press('Flush now');
  await inspect(pageOf(admin), 'log');
  await admin.goesHome();
});

look('a record that is proven, and the page that checks proofs', async (inspect) => {
  const { doctor, patient, id } = await treated(here);
  await notes(doctor, id, 'Cough, second visit', 'Better.');
  await opensToo(patient, doctor, 'Cough, second visit');
  await proves(patient, 'not a byte of it was changed since');
  await inspect(pageOf(patient), 'record proven');
  const { page } = pageOf(patient);
  const proof = await saved(page, 'Save the proof');
  await patient.tab.open('/verify');
  await patient.tab.reads('Checked with the keys of');
  await inspect(pageOf(patient), 'verify');
  await chooses(page, proof);
  await patient.tab.reads('Proven.');
  await inspect(pageOf(patient), 'verify good');
  await chooses(page, spoilt(proof));
  await patient.tab.reads('Not proven');
  await inspect(pageOf(patient), 'verify bad');
  for (const person of [doctor, patient]) await person.goesHome();
});
