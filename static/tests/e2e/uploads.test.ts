/** Files on their way: refused before they leave, cut off, reloaded and locked in the middle, and nothing lost or sent twice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Route } from 'playwright-core';

import { pdf, photo } from './files.ts';
import { pageOf } from './office.ts';
import type { Person } from './person.ts';
import { stage } from './stage.ts';
import { until } from './until.ts';
import { adds, arrives, chooses, leave, opensToo, saves, treated } from './vault.ts';

const here = stage('one');

/** The sealed drafts and files on this device, told apart by their nonces: a draft that is put away anew has another one. */
async function sheets(): Promise<string[]> {
  if (!(await indexedDB.databases()).some(({ name }) => name === 'vaidya-desk')) return [];
  return new Promise((done, failed) => {
    const open = indexedDB.open('vaidya-desk');
    open.onerror = () => failed(new Error('the desk does not open'));
    open.onsuccess = () => {
      const all: IDBRequest<{ iv: Uint8Array }[]> = open.result.transaction('sheets').objectStore('sheets').getAll();
      all.onsuccess = () => (open.result.close(), done(all.result.map(({ iv }) => iv.join())));
      all.onerror = () => failed(new Error('the desk does not tell'));
    };
  });
}

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
  let named: string | undefined;
  await until('its name is on the device', 10_000, async () => ([named] = await doctor.tab.run(sheets, undefined)).length > 0);
  await doctor.tab.fill('Text', 'Dry, for two weeks.');
  await locks(doctor);
  await unlocks(doctor, 'doctor123');
  assert.equal(await doctor.tab.holds('Text'), 'Dry, for two weeks.');
  await until('the whole draft is on the device', 10_000, async () => {
    const [later] = await doctor.tab.run(sheets, undefined);
    return later !== undefined && later !== named;
  });
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
