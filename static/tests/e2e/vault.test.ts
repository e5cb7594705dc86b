/** Records in real browsers: every kind added on one side and opened on the other, changed, damaged, and kept for later. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { dicom, pdf, photo, png, SECRET, seenAs } from './files.ts';
import { pageOf } from './office.ts';
import { Person } from './person.ts';
import { stage } from './stage.ts';
import { startVisit } from './story.ts';
import { until } from './until.ts';
import { adds, arrives, chooses, hasKeys, leave, notes, opensToo, saves, treated } from './vault.ts';

const here = stage('one');

test('a paper, a photo, a PNG and a scan are opened by the doctor as the patient sent them', async () => {
  const { doctor, patient } = await treated(here);
  const page = pageOf(patient);
  const files = [pdf('report.pdf', 899_000), await photo(page, 'IMG_1.jpg'), await png(page, 'skin.png'), dicom('scan.dcm')];
  for (const file of files) {
    const title = `My ${file.name}`;
    await adds(patient, file, title, { doctor });
    await arrives(patient, title);
    await opensToo(doctor, patient, title);
    if (file.name === 'report.pdf') await doctor.tab.press('Get the file (900 kB)');
    if (file.name === 'scan.dcm') await doctor.tab.reads('images of a scanner (DICOM)');
    const [mine, theirs] = [await saves(doctor), file.name === 'report.pdf' ? null : await saves(patient)];
    if (theirs !== null) assert.deepEqual(mine, theirs);
    const bare = file.mimeType.startsWith('image/');
    if (bare) assert.ok(file.buffer.includes(SECRET) && !mine.includes(SECRET), `${file.name} tells where it was taken`);
    else assert.deepEqual(mine, file.buffer);
  }
  await leave(doctor, patient);
});

test('a PDF opens in the browser’s own viewer, and nothing of ours runs in it', async () => {
  const { doctor, patient } = await treated(here);
  await adds(patient, pdf('small.pdf'), 'Small report');
  await arrives(patient, 'Small report');
  const { context } = pageOf(patient);
  const coming = context.waitForEvent('page');
  await patient.tab.press('Open the PDF', 'link');
  const viewer = await coming;
  await until('the viewer has it', 20_000, () => viewer.evaluate(() => document.contentType === 'application/pdf').catch(() => false));
  assert.match(viewer.url(), /^blob:/);
  assert.equal(await viewer.evaluate(() => window.opener === null), true);
  await viewer.close();

  // A newer one takes its place, and the one before stays.
  await patient.tab.press('Change it', 'link');
  await chooses(patient, pdf('newer.pdf'));
  await patient.tab.press('Seal and send');
  await patient.tab.awaits('What it said before', 'heading');
  assert.ok((await saves(patient)).equals(pdf('newer.pdf').buffer));
  await patient.tab.press('See it: version 1', 'link');
  await patient.tab.reads('This is an earlier version.');
  await patient.tab.reads('small.pdf');
  assert.ok((await saves(patient)).equals(pdf('small.pdf').buffer));
  await leave(doctor, patient);
});

test('a photo loses place and phone and stands upright, and is smaller when asked to be', async () => {
  const { doctor, patient } = await treated(here);
  const page = pageOf(patient);
  const turned = await photo(page, 'IMG_2.jpg', 6, 3_000, 1_500);
  assert.ok(turned.buffer.includes('Exif'));
  await adds(patient, turned, 'Held upright');
  await arrives(patient, 'Held upright');
  const upright = await saves(patient);
  assert.ok(!upright.includes('Exif') && !upright.includes(SECRET));
  // Turned by a quarter: what was left is above.
  assert.deepEqual(await seenAs(page, upright, 'image/jpeg'), { width: 1_500, height: 3_000, first: 'red', last: 'blue' });
  await adds(patient, await photo(page, 'IMG_3.jpg', 1, 3_000, 1_500), 'Made smaller', { smaller: true });
  await arrives(patient, 'Made smaller');
  const small = await saves(patient);
  assert.ok(!small.includes(SECRET));
  assert.deepEqual(await seenAs(page, small, 'image/jpeg'), { width: 2_048, height: 1_024, first: 'red', last: 'blue' });
  await leave(doctor, patient);
});

test('a note, lab results and a letter are read by the patient, and a change keeps what was said before', async () => {
  const { doctor, patient, id } = await treated(here);
  await notes(doctor, id, 'Blood pressure', 'Take 5 mg in the evening.');
  await doctor.tab.reads(`You and ${patient.name} can open this.`);
  await opensToo(patient, doctor, 'Blood pressure');
  await patient.tab.reads('Take 5 mg in the evening.');
  assert.equal(await patient.tab.offers('Change it', 'link'), false);

  await doctor.tab.press('Change it', 'link');
  await until('the form holds the text', 10_000, async () => (await doctor.tab.holds('Text')) === 'Take 5 mg in the evening.');
  await doctor.tab.fill('Text', 'Take 10 mg in the evening.');
  await doctor.tab.press('Seal and keep');
  await doctor.tab.awaits('What it said before', 'heading');
  await doctor.tab.reads('Take 10 mg in the evening.');
  await opensToo(patient, doctor, 'Blood pressure');
  await patient.tab.reads('Take 10 mg in the evening.');
  await patient.tab.press('See it: version 1', 'link');
  await patient.tab.reads('This is an earlier version. It was changed later.');
  await patient.tab.reads('Take 5 mg in the evening.');

  await doctor.tab.open(`/patients/${id}/lab`);
  await doctor.tab.fill('Name', 'Blood count');
  for (const [label, text] of [['Test', 'Haemoglobin'], ['Value', '9.8'], ['Unit', 'g/dL'], ['Usual range', '12–15.5'], ['Code (LOINC)', '718-7']] as const) await doctor.tab.fill(label, text);
  await doctor.tab.press('Seal and keep');
  await doctor.tab.awaits('Blood count', 'heading');
  await opensToo(patient, doctor, 'Blood count');
  await patient.tab.reads('Haemoglobin');
  await patient.tab.reads('9.8 g/dL');
  await patient.tab.reads('Below');

  await doctor.tab.open(`/patients/${id}/letter`);
  await doctor.tab.fill('Name', 'To Dr. Gill, about the knee');
  await doctor.tab.fill('Text', 'Thank you for seeing her.');
  await doctor.tab.press('Seal and keep');
  await doctor.tab.awaits('To Dr. Gill, about the knee', 'heading');

  await patient.tab.open('/records');
  await patient.tab.reads(`Letter from ${doctor.name}`);
  await patient.tab.run(() => document.querySelector('summary')?.click(), undefined);
  await pageOf(patient).page.getByLabel('What it is', { exact: true }).selectOption('lab');
  await patient.tab.readsNoMore(`Letter from ${doctor.name}`);
  await patient.tab.reads(`Lab results from ${doctor.name}`);
  await leave(doctor, patient);
});

test('what is written for a patient who has no key yet is kept with the clinic, and opens once they have signed in', async () => {
  const doctor = await Person.signIn(await here.tab(), 'd002');
  await hasKeys(doctor);
  const patient = await doctor.tab.run(async () => {
    const { demo } = (await (await fetch('/api/v1/config')).json()) as { demo: { login: string; name: string }[] };
    const people = (await (await fetch('/api/v1/people?role=patient')).json()) as { id: string; name: string }[];
    return people.find((one) => one.name === demo.find(({ login }) => login === 'p002')?.name);
  }, undefined);
  assert.ok(patient !== undefined);
  await startVisit(doctor, patient.name);
  await notes(doctor, patient.id, 'For later', 'Come again in May.');
  await doctor.tab.reads('The clinic can open this, too.');
  const later = await Person.signIn(await here.tab(), 'p002');
  await hasKeys(later);
  await until('the clinic has wrapped it for the new key', 20_000, async () => {
    await later.tab.open(doctor.tab.path());
    await until('the page says how it stands', 20_000, () => later.tab.run(() => document.querySelector('.record, [role=alert]') !== null, undefined));
    return (await later.tab.run(() => document.body.innerText, undefined)).includes('Come again in May.');
  });
  await leave(doctor, later);
});

test('a block that was changed on disk, and one that was changed on its way, are said to be damaged', async () => {
  const { doctor, patient, id } = await treated(here);
  patient.tab.complaints.expect(/status of 500/);
  await adds(patient, pdf('spoilt.pdf', 2_500_000), 'To be spoilt');
  await arrives(patient, 'To be spoilt');
  const record = patient.tab.path();
  const { page } = pageOf(patient);
  await page.route(/\/blocks\//, async (route) => {
    const answer = await route.fetch();
    const body = await answer.body();
    body[100] = (body[100] ?? 0) ^ 1;
    await route.fulfill({ response: answer, body });
  });
  await patient.tab.press('Get the file (2.5 MB)');
  await patient.tab.reads('This file is damaged or was changed');
  await page.unroute(/\/blocks\//);
  await patient.tab.reload();
  await patient.tab.press('Get the file (2.5 MB)');
  await patient.tab.awaits('Save a copy', 'link');

  const blocks = await patient.tab.run(async (at) => ((await (await fetch(`/api/v1${at}`)).json()) as { blocks: string[] }).blocks, record);
  here.house.spoil(blocks[1] ?? 'none');
  await patient.tab.reload();
  await patient.tab.press('Get the file (2.5 MB)');
  await patient.tab.reads('This file is damaged or was changed');

  await notes(doctor, id, 'To be spoilt, too', 'A text.');
  await opensToo(patient, doctor, 'To be spoilt, too');
  const cid = await patient.tab.run(async (at) => ((await (await fetch(`/api/v1${at}`)).json()) as { versions: { cid: string }[] }).versions[0]?.cid ?? '', doctor.tab.path());
  here.house.spoil(cid);
  await patient.tab.reload();
  await patient.tab.reads('This record is damaged or was changed, so it is not shown. Tell the clinic.');
  await leave(doctor, patient);
});

test('the first thing that a patient adds asks once whether the clinic may keep it', async () => {
  const patient = await Person.signIn(await here.tab(), 'p002');
  patient.tab.complaints.expect(/status of 409/);
  await hasKeys(patient);
  await adds(patient, pdf('first.pdf'), 'My first paper');
  await patient.tab.reads('This clinic may keep the files I upload.');
  await patient.tab.press('Yes, I agree');
  await arrives(patient, 'My first paper');
  await adds(patient, pdf('second.pdf'), 'My second paper');
  await arrives(patient, 'My second paper');
  await leave(patient);
});
