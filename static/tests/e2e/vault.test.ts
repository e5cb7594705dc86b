/** Records in real browsers: every kind added on one side and opened on the other, and everything that can go wrong on the way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Route } from 'playwright-core';

import { dicom, pdf, photo, png, SECRET, seenAs } from './files.ts';
import { pageOf } from './office.ts';
import { Person } from './person.ts';
import { stage } from './stage.ts';
import { startVisit } from './story.ts';
import { until } from './until.ts';
import { adds, arrives, chooses, hasKeys, notes, opensToo, saves, treated } from './vault.ts';

const here = stage('one');

const leave = async (...people: Person[]): Promise<void> => {
  for (const person of people) await person.goesHome();
};

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

test('what can’t be kept is said before anything is sent', async () => {
  const { doctor, patient } = await treated(here);
  let sent = 0;
  await pageOf(patient).page.route(/uploads|records$/, (route) => {
    if (route.request().method() !== 'GET') sent += 1;
    return route.continue();
  });
  await patient.tab.open('/records/add');
  await chooses(patient, { name: 'page.pdf', mimeType: 'application/pdf', buffer: Buffer.from('<html>not a PDF</html>') });
  await patient.tab.reads('page.pdf was not sent: only PDF, JPEG, PNG and DICOM files can be kept here.');
  await chooses(patient, { name: 'none.pdf', mimeType: 'application/pdf', buffer: Buffer.alloc(0) });
  await patient.tab.reads('none.pdf was not sent: the file is empty.');
  await patient.tab.run(() => {
    const input = document.querySelector<HTMLInputElement>('#file');
    const list = new DataTransfer();
    list.items.add(new File([new Uint8Array(50_000_001)], 'huge.pdf'));
    if (input !== null) {
      input.files = list.files;
      input.dispatchEvent(new Event('change', { bubbles: true }));
    }
  }, undefined);
  await patient.tab.reads('huge.pdf was not sent: it is larger than 50 MB.');
  const broken = (await photo(pageOf(patient), 'broken.jpg')).buffer.subarray(0, 400);
  await chooses(patient, { name: 'broken.jpg', mimeType: 'image/jpeg', buffer: broken });
  await patient.tab.press('Seal and send');
  await patient.tab.reads('broken.jpg was not sent: the picture is broken');
  assert.equal(sent, 0);
  await leave(doctor, patient);
});

/** Counts the blocks that leave a page, and lets a test stand in the way of them. */
async function watchBlocks(person: Person, meet: (route: Route, number: number) => Promise<void>): Promise<() => number> {
  let number = 0;
  await pageOf(person).page.route(/\/uploads\/[^/]+\/blocks\//, (route) => meet(route, (number += 1)));
  return () => number;
}

const LARGE = 12_000_000;
/** Blocks of a file of that size with its padding. */
const BLOCKS = 12;

test('a large file whose line is cut in the middle goes on where it stopped, and no block is sent twice', async () => {
  const { doctor, patient } = await treated(here);
  patient.tab.complaints.expect(/net::ERR_INTERNET_DISCONNECTED|WebSocket connection/);
  const { context } = pageOf(patient);
  const count = await watchBlocks(patient, async (route, number) => {
    if (number !== 5) return route.continue();
    await context.setOffline(true);
    await route.abort('internetdisconnected');
  });
  const file = pdf('long.pdf', LARGE);
  await adds(patient, file, 'A long report', { doctor });
  await patient.tab.reads('The line is lost. It goes on by itself when the line is back.');
  await patient.tab.reads('Paused: 4.2 MB of');
  await context.setOffline(false);
  await arrives(patient, 'A long report', 60_000);
  assert.equal(count(), BLOCKS + 1, 'every block once, and the one that was cut off once more');
  await opensToo(doctor, patient, 'A long report');
  await doctor.tab.press('Get the file (12 MB)');
  await doctor.tab.awaits('Save a copy', 'link', 60_000);
  assert.ok((await saves(doctor)).equals(file.buffer));
  await leave(doctor, patient);
});

test('after a reload in the middle another file is refused, and the same one sends only what is missing', async () => {
  const { doctor, patient } = await treated(here);
  patient.tab.complaints.expect(/net::ERR_FAILED|WebSocket connection/);
  const { page } = pageOf(patient);
  page.on('dialog', (dialog) => void dialog.accept());
  let cut = true;
  let arrived = 0;
  await watchBlocks(patient, async (route) => {
    if (cut && arrived === 5) return route.abort();
    arrived += 1;
    return route.continue();
  });
  const file = pdf('mri.pdf', LARGE);
  await adds(patient, file, 'My knee');
  await patient.tab.reads('The line is lost');
  await patient.tab.reload();
  await patient.tab.reads('mri.pdf (12 MB) was not finished when this page was closed.');
  await chooses(patient, pdf('mri.pdf', LARGE - 1), 'The file mri.pdf once more');
  await patient.tab.reads('mri.pdf is another file than the one that was begun');
  await patient.tab.press('Close');
  cut = false;
  await chooses(patient, file, 'The file mri.pdf once more');
  await arrives(patient, 'My knee', 60_000);
  assert.equal(arrived, BLOCKS);
  await patient.tab.press('Get the file (12 MB)');
  await patient.tab.awaits('Save a copy', 'link', 60_000);
  assert.ok((await saves(patient)).equals(file.buffer));
  await leave(doctor, patient);
});

test('a lock in the middle of an upload and of a note loses neither', async () => {
  const { doctor, patient, id } = await treated(here);
  const locks = async (person: Person): Promise<void> => {
    const beside = await here.tab({ beside: pageOf(person) });
    await beside.open('/account');
    await beside.press('Lock now');
    await person.tab.awaits('Locked', 'heading');
    await beside.close();
  };
  const unlocks = async (person: Person, password: string): Promise<void> => {
    await person.tab.fill('Password', password);
    await person.tab.press('Open');
  };
  for (const person of [doctor, patient]) person.tab.complaints.expect(/status of 4\d\d|WebSocket connection/);
  let release = (): void => undefined;
  const held = new Promise<void>((go) => (release = go));
  const count = await watchBlocks(patient, async (route, number) => {
    if (number === 4) await held;
    await route.continue();
  });
  await adds(patient, pdf('held.pdf', 6_000_000), 'Held up');
  await until('the fourth block waits', 20_000, () => count() === 4);
  await locks(patient);
  release();
  await unlocks(patient, 'patient123');
  await arrives(patient, 'Held up', 60_000);

  await doctor.tab.open(`/patients/${id}/note`);
  await doctor.tab.fill('Name', 'Cough');
  await doctor.tab.fill('Text', 'Dry, for two weeks.');
  await locks(doctor);
  await unlocks(doctor, 'doctor123');
  assert.equal(await doctor.tab.holds('Text'), 'Dry, for two weeks.');
  await until('the draft is on the device', 10_000, () => doctor.tab.run(async () => (await indexedDB.databases()).some((one) => one.name === 'vaidya-desk'), undefined));
  await doctor.tab.reload();
  await doctor.tab.awaits('Seal and keep');
  assert.equal(await doctor.tab.holds('Text'), 'Dry, for two weeks.');
  await doctor.tab.press('Sign out');
  await doctor.tab.reads('One draft or file is not finished.');
  await doctor.tab.press('Stay signed in');
  await doctor.tab.press('Seal and keep');
  await doctor.tab.awaits('Cough', 'heading');
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
