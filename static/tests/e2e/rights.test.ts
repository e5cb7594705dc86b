/** What people may do with what is theirs: take everything along, have it erased, have it back on a new phone. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { unzipSync } from 'fflate';
import * as jose from 'jose';

import { Reader } from '../../src/seal/bytes.ts';
import { type Backup, openBackup } from '../../src/seal/identity.ts';
import { unpad } from '../../src/seal/padme.ts';
import { type PasswordParams, stretch } from '../../src/seal/password.ts';
import { provesAgain } from './consent.ts';
import { refused } from './door.ts';
import { pdf } from './files.ts';
import { pageOf } from './office.ts';
import { Person } from './person.ts';
import { stage } from './stage.ts';
import { PATIENCE } from './tab.ts';
import { until } from './until.ts';
import { adds, arrives, notes, opensToo, treated } from './vault.ts';

const here = stage('each');
const { tab } = here;

/** The archive, as it is saved, by the names in it. */
async function takesAlong(patient: Person): Promise<Record<string, Uint8Array>> {
  await patient.tab.open('/rights');
  await patient.tab.press('Put it together');
  await provesAgain(patient, 'patient123', 'The archive is ready');
  await patient.tab.reads('The archive is ready', 60_000);
  const coming = pageOf(patient).page.waitForEvent('download');
  await patient.tab.press('Save the archive', 'link');
  return unzipSync(await readFile(await (await coming).path()));
}

/** The private RSA key of somebody, from the backup in the archive and their password alone. */
async function keyFrom(keys: { backups: (Backup & { key: string })[] }, person: string, password: string, params: PasswordParams): Promise<{ kid: string; rsa: CryptoKey }> {
  const backup = keys.backups.find((one) => one.kind === 'password');
  assert.ok(backup, 'the archive has a backup of the keys');
  const { wrap } = await stretch(password, params);
  const reader = new Reader(await openBackup(backup, wrap, person));
  reader.u8();
  const rsa = await crypto.subtle.importKey('pkcs8', reader.sized(), { name: 'RSA-OAEP', hash: 'SHA-256' }, false, ['decrypt']);
  return { kid: backup.key, rsa };
}

test('everything in one archive: sealed for any JOSE library, opened, for programs and to read', async () => {
  const { doctor, patient, id } = await treated(here);
  await notes(doctor, id, 'Cough <b>again</b>', 'Syrup until Friday.');
  const file = pdf('discharge.pdf', 700_000);
  await adds(patient, file, 'Discharge letter');
  await arrives(patient, 'Discharge letter');
  const files = await takesAlong(patient);
  const text = (name: string): string => new TextDecoder().decode(files[name]);
  const json = <T>(name: string): T => JSON.parse(text(name)) as T;
  const names = Object.keys(files);

  const note = names.find((name) => name.startsWith('opened/') && text(name).includes('Syrup until Friday.'));
  assert.ok(note, 'the note is there, opened');
  const opened = names.find((name) => name.endsWith('-discharge.pdf'));
  assert.ok(opened !== undefined && Buffer.from(files[opened] ?? []).equals(file.buffer), 'the file is there, byte by byte');
  assert.ok(names.some((name) => name.startsWith('sealed/blocks/')), 'its blocks are there, sealed');

  const params = await patient.tab.run(async () => (await fetch('/api/v1/login/params?login=p001')).json() as Promise<PasswordParams>, undefined);
  const { kid, rsa } = await keyFrom(json('data/keys.json'), id, 'patient123', params);
  const sealed = json<jose.GeneralJWE>(note.replace('opened/', 'sealed/').replace('.json', '.jwe.json'));
  assert.ok(sealed.recipients.some((one) => (one.header as { kid?: string } | undefined)?.kid === kid), 'it is sealed for the key in the archive');
  const { plaintext } = await jose.generalDecrypt({ ...sealed, recipients: sealed.recipients.filter((one) => (one.header as { kid?: string } | undefined)?.kid === kid) }, rsa);
  const inside = JSON.parse(new TextDecoder().decode(unpad(Uint8Array.from(plaintext)))) as { title: string; text: string };
  assert.equal(inside.text, json<{ text: string }>(note).text, 'what a library opens is what was opened here');

  const bundle = json<{ resourceType: string; entry: { resource: { resourceType: string } }[] }>('bundle.json');
  const kinds = bundle.entry.map((one) => one.resource.resourceType);
  assert.equal(bundle.resourceType, 'Bundle');
  for (const kind of ['Patient', 'Encounter', 'DocumentReference', 'Consent']) assert.ok(kinds.includes(kind), kind);
  const html = text('index.html');
  assert.ok(html.includes('Syrup until Friday.') && html.includes('Cough &lt;b&gt;again&lt;/b&gt;'), 'what was typed is text in it');
  assert.ok(!html.includes('<script'));
  for (const person of [doctor, patient]) await person.goesHome();
});

test('a new phone after everything was lost: the clinic opens the records for it', async () => {
  const { doctor, patient, id } = await treated(here);
  await notes(doctor, id, 'Blood pressure', '140 over 90.');
  await opensToo(patient, doctor, 'Blood pressure');
  const record = patient.tab.path();
  const anew = await startsOver(patient);
  await anew.tab.open(record);
  await anew.tab.reads('This record is not sealed for the keys on this device');
  await anew.tab.open('/keys');
  await anew.tab.press('Let the clinic open your records for this device');
  await anew.tab.reads('being opened for this device');
  await until('the record opens', PATIENCE, async () => {
    await anew.tab.open(record);
    return anew.tab.awaits('Blood pressure', 'heading', 3_000).then(() => true, () => false);
  });
  await anew.tab.open('/looked');
  await anew.tab.reads('key, for your new key');
  for (const person of [doctor, anew]) await person.goesHome();
});

/** The password was forgotten and nothing is left: on a new phone the patient makes new keys, which open nothing of before. */
async function startsOver(patient: Person): Promise<Person> {
  patient.tab.complaints.expect(/status of 401|WebSocket connection/); // the reset ends the session
  const admin = await Person.signIn(await tab(), 'a001');
  await admin.tab.press(`New password for ${patient.name}`);
  await admin.tab.fill('New password', 'a new password');
  await admin.tab.press('Set the new password');
  await admin.tab.reads(`${patient.name} has a new password`);
  await admin.goesHome();
  await patient.goesHome();
  const anew = await Person.signIn(await tab(), 'p001', 'a new password');
  await anew.tab.press('Open your keys and devices', 'link');
  await anew.tab.press('Start over');
  await anew.tab.reads('The clinic has a key to');
  await anew.tab.press('Yes, start over');
  await anew.tab.awaits('Devices', 'heading');
  return anew;
}

test('an erased record is gone for everybody, and what the law keeps is closed to everybody', async () => {
  const { doctor, patient, id } = await treated(here);
  await notes(doctor, id, 'Knee, first visit', 'Rest it for a week.');
  const kept = doctor.tab.path();
  await adds(patient, pdf('old.pdf'), 'An old paper', { doctor });
  await arrives(patient, 'An old paper');
  await opensToo(doctor, patient, 'An old paper');
  const erased = patient.tab.path();
  await patient.tab.open('/rights');
  const { page } = pageOf(patient);
  await page.getByText('Choose records').click();
  for (const box of await page.getByRole('checkbox').all()) await box.check();
  await patient.tab.press('Erase 2 records');
  await patient.tab.fill('Type “erase” to go on', 'erase');
  await patient.tab.press('Erase');
  await provesAgain(patient, 'patient123', 'is erased.');
  await patient.tab.reads('One record is erased.');
  await patient.tab.reads('One record must be kept by law.');
  await patient.tab.reads('Indian Medical Council Regulations');
  for (const person of [doctor, patient]) {
    refused(pageOf(person), 404, 410, 451);
    await person.tab.open(erased);
    await person.tab.reads('There is no such record');
    await person.tab.open(kept);
    await person.tab.reads(person === patient ? 'The law keeps records of a treatment for some years' : 'There is no such record');
    await person.goesHome();
  }
});

test('a patient asks for a correction; the doctor reads it and changes the record, and both versions are there', async () => {
  const { doctor, patient, id } = await treated(here, false);
  await notes(doctor, id, 'Allergies', 'Allergic to aspirin.');
  const record = doctor.tab.path();
  await opensToo(patient, doctor, 'Allergies');
  assert.equal(await patient.tab.run(() => document.body.innerText.includes('Change it'), undefined), false, 'it is not the patient’s to change');
  await patient.tab.press('Ask for a correction');
  await patient.tab.fill('What is wrong', 'It is not aspirin.');
  await patient.tab.fill('What it should say', 'Penicillin.');
  await until('the doctor who wrote it is proposed', PATIENCE, () => patient.tab.run(() => document.querySelector('select')?.value !== '', undefined));
  refused(pageOf(patient), 409);
  await patient.tab.press('Seal and send');
  await patient.tab.reads('This clinic may keep the files I upload.');
  await patient.tab.press('Yes, I agree');
  await patient.tab.awaits('Correction asked: Allergies', 'heading');
  const asked = patient.tab.path();
  await patient.tab.reads('It is not aspirin.');

  await doctor.tab.open('/records');
  await doctor.tab.press(`Open: Note from ${patient.name}`, 'link');
  await doctor.tab.reads('Asks to correct: Allergies');
  assert.equal(doctor.tab.path(), asked);
  await doctor.tab.reads('Penicillin.');
  await doctor.tab.press('Change the record', 'link');
  await doctor.tab.awaits('Seal and keep');
  assert.equal(doctor.tab.path(), `${record}/amend`);
  await doctor.tab.fill('Text', 'Allergic to penicillin.');
  await doctor.tab.press('Seal and keep');
  await doctor.tab.awaits('What it said before', 'heading');

  await patient.tab.open(asked);
  await patient.tab.reads('It was changed since.');
  await patient.tab.press('See that record', 'link');
  await patient.tab.awaits('What it said before', 'heading');
  await patient.tab.reads('Allergic to penicillin.');
  for (const person of [doctor, patient]) await person.goesHome();
});
