/** What was written in a visit: sealed on every way it goes, readable for its people on every device of theirs, and for nobody else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { WebSocket } from 'playwright-core';

import type { ChromiumTab } from './chromium.ts';
import { Mallory } from './mallory.ts';
import { type Login, Person } from './person.ts';
import { meetSealed } from './sealing.ts';
import { stage } from './stage.ts';
import { endVisit } from './story.ts';
import { until } from './until.ts';

const { tab } = stage('each');

/** Every base64url text in a frame, decoded, behind the frame itself. */
function opened(frame: string): string {
  const inside = [...frame.matchAll(/[\w-]{16,}/g)].map(([text]) => Buffer.from(text, 'base64url').toString('latin1'));
  return [frame, ...inside].join('\n');
}

/** Everything that goes over a page's WebSockets from now on, either way. */
function overhear(tab: ChromiumTab): string[] {
  const frames: string[] = [];
  tab.page.on('websocket', (socket: WebSocket) => {
    const hear = ({ payload }: { payload: string | Buffer }) => frames.push(opened(String(payload)));
    socket.on('framesent', hear);
    socket.on('framereceived', hear);
  });
  return frames;
}

/** What the page's databases hold, as text; keys that can't be exported stay what they are. */
async function stored(tab: ChromiumTab): Promise<string> {
  return tab.run(async () => {
    const ask = <T>(request: IDBRequest<T>) => new Promise<T>((done, failed) => {
      request.onsuccess = () => done(request.result);
      request.onerror = () => failed(new Error('IndexedDB failed'));
    });
    const found: string[] = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage })];
    for (const { name } of await indexedDB.databases()) {
      const database = await ask(indexedDB.open(name ?? ''));
      for (const store of database.objectStoreNames) {
        const rows: unknown[] = await ask(database.transaction(store).objectStore(store).getAll());
        found.push(JSON.stringify(rows));
      }
      database.close();
    }
    return found.join('\n');
  }, undefined);
}

/** Opens the one record a person has with somebody, which has these messages in this order. */
async function readsRecord(person: Person, other: Person, messages: string[]): Promise<void> {
  await person.tab.open('/records');
  await person.tab.press(`Open: Visit with ${other.name}`, 'link');
  await person.tab.awaits('Record', 'heading');
  await person.tab.reads(messages[0] ?? '');
  const lines = await person.tab.run(() => [...document.querySelectorAll('.transcript .said')].map((one) => one.textContent), undefined);
  assert.deepEqual(lines, messages);
}

/** The chat of a visit that has ended, on its page. */
async function readsChat(person: Person, path: string, messages: string[]): Promise<void> {
  await person.tab.open(path);
  await person.tab.reads('The visit has ended');
  for (const message of messages) await person.tab.reads(message);
}

/** A visit in which one of them wrote this, and the record of which is sealed. */
async function visitWith(text: string) {
  const patientTab = await tab();
  const { doctor, patient, path } = await meetSealed(await tab(), patientTab);
  await patient.write(text);
  await doctor.hasChat([text]);
  await endVisit(doctor);
  await doctor.tab.reads('The record of this visit is sealed');
  return { doctor, patient, path, patientTab };
}

/** A page makes the recovery code, which is read from it as from paper. */
async function printsCode(person: Person, password: string): Promise<string> {
  await person.tab.open('/recovery');
  await person.tab.fill('Password', password);
  await person.tab.press('Show a new code');
  await person.tab.reads('Recovery code for sealed visits');
  const groups = await person.tab.run(() => [...document.querySelectorAll('.paper .groups code')].map((one) => one.textContent ?? ''), undefined);
  assert.equal(groups.join('').length, 26);
  await person.tab.fill('The last group of the code', groups.at(-1) ?? '');
  await person.tab.press('I have it on paper');
  await person.tab.reads('Your recovery code is in force');
  return groups.join('-').toLowerCase();
}

/** The admin gives somebody another password. */
async function resets(login: Login, name: string, password: string): Promise<void> {
  const admin = await Person.signIn(await tab(), 'a001');
  await admin.tab.press(`New password for ${name}`);
  await admin.tab.reads(`The new password does not open what was sealed for ${name} before`);
  await admin.tab.fill('New password', password);
  await admin.tab.press('Set the new password');
  await admin.tab.reads(`${name} has a new password`);
  assert.notEqual(login, 'a001');
  await admin.goesHome();
}

/** Somebody on a device where the right password opens no keys. */
async function lockedOut(password: string): Promise<Person> {
  const person = await Person.signIn(await tab(), 'p001', password);
  await person.tab.press('Open your keys and devices', 'link');
  await person.tab.reads('Your password is right, but it does not open your keys');
  return person;
}

test('a message is sealed on the wire and in the browser, and is read again after a reload and after the end', async () => {
  const patientTab = await tab();
  const mallory = await Mallory.between(patientTab);
  const doctorTab = await tab();
  const doctorWire = overhear(doctorTab);
  const patientWire: string[] = [];
  mallory.toServer = (message) => {
    patientWire.push(opened(JSON.stringify(message)));
    return message.t === 'say' ? null : message; // it stays unsent
  };
  const { doctor, patient, path } = await meetSealed(doctorTab, patientTab);
  const text = 'My cough is worse at night: xylophone.';
  await patient.write(text);
  await until('it left the page', 10_000, () => patientWire.some((frame) => frame.includes('"say"')));
  const kept = await stored(patientTab);
  assert.ok(kept.includes('"body"'), 'the unsent message is in the browser');
  assert.ok(!kept.includes('xylophone'), 'what is in the browser');

  mallory.toServer = (message) => {
    patientWire.push(opened(JSON.stringify(message)));
    return message;
  };
  await patient.tab.reload();
  await patient.returnToCall();
  for (const person of [doctor, patient]) await person.hasChat([text]);
  assert.ok(doctorWire.some((frame) => frame.includes('"said"')), 'it went to the doctor');
  for (const frame of [...doctorWire, ...patientWire]) assert.ok(!frame.includes('xylophone'), `on the wire: ${frame.slice(0, 200)}`);
  assert.ok(!(await stored(doctorTab)).includes('xylophone'));

  await endVisit(doctor);
  await patient.tab.reads('The visit has ended');
  for (const person of [doctor, patient]) await readsChat(person, path, [text]);

  // A device that never saw the visit: the password brings the keys, and they open the chat.
  const elsewhere = await Person.signIn(await tab(), 'p001');
  await readsChat(elsewhere, path, [text]);
  for (const person of [doctor, patient, elsewhere]) await person.goesHome();
});

test('the record of a visit opens for its doctor and its patient, and for nobody else', async () => {
  const texts = ['How is the cough?', 'Better, thank you.', 'Good. Take the syrup until Friday.'];
  const { doctor, patient } = await meetSealed(await tab(), await tab());
  for (const [turn, text] of texts.entries()) {
    await (turn === 1 ? patient : doctor).write(text);
    for (const person of [doctor, patient]) await person.hasChat(texts.slice(0, turn + 1));
  }
  await endVisit(doctor);
  for (const person of [doctor, patient]) await person.tab.reads('The record of this visit is sealed');
  await readsRecord(doctor, patient, texts);
  await readsRecord(patient, doctor, texts);
  const record = patient.tab.path();
  assert.match(record, /^\/records\/[0-9a-f-]{36}$/);

  for (const login of ['p002', 'd002', 'a001'] as const) {
    const stranger = await Person.signIn(await tab(), login);
    stranger.tab.complaints.expect(/status of 40[34].*\/records/);
    const answer = await stranger.tab.run(async (at) => (await fetch(`/api/v1${at}`)).status, record);
    assert.ok(answer === 404 || (login === 'a001' && answer === 403), `${login} got ${answer}`);
    if (login === 'p002') {
      await stranger.tab.open(record);
      await stranger.tab.reads('There is no such record, or it is not yours to open.');
      await stranger.tab.open('/records');
      await stranger.tab.reads('No records yet');
    }
    await stranger.goesHome();
  }
  for (const person of [doctor, patient]) await person.goesHome();
});

test('a patient asks to have what was written in a visit corrected, and its doctor reads that', async () => {
  const { doctor, patient } = await visitWith('I take two tablets.');
  patient.tab.complaints.expect(/status of 409/); // keeping it is asked first
  await readsRecord(patient, doctor, ['I take two tablets.']);
  const record = patient.tab.path();
  await patient.tab.press('Ask for a correction');
  await patient.tab.fill('What is wrong', 'I meant one tablet.');
  await patient.tab.press('Seal and send');
  await patient.tab.press('Yes, I agree');
  await patient.tab.awaits(`Correction asked: Visit with ${doctor.name}`, 'heading');
  await doctor.tab.open('/records');
  await doctor.tab.press(`Open: Note from ${patient.name}`, 'link');
  await doctor.tab.reads('I meant one tablet.');
  await doctor.tab.press('See that record', 'link');
  await doctor.tab.reads('I take two tablets.');
  assert.equal(doctor.tab.path(), record);
  for (const person of [doctor, patient]) await person.goesHome();
});

test('when both devices die before the record is sealed, the next sign-in seals it', async () => {
  const tabs = [await tab(), await tab()] as const;
  for (const one of tabs) await one.page.route('**/api/v1/records', (route) => (route.request().method() === 'POST' ? route.abort() : route.continue()));
  const { doctor, patient } = await meetSealed(...tabs);
  for (const person of [doctor, patient]) person.tab.complaints.expect(/net::ERR_FAILED/);
  await patient.write('We both lose our phones.');
  await doctor.hasChat(['We both lose our phones.']);
  await endVisit(doctor);
  for (const person of [doctor, patient]) {
    await person.tab.reads('The record of this visit is not sealed yet');
    await person.goesHome();
  }
  const later = await Person.signIn(await tab(), 'p001');
  await readsRecord(later, doctor, ['We both lose our phones.']);
  await later.goesHome();
});

test('a forgotten password: the code from paper opens everything again', async () => {
  const { doctor, patient } = await visitWith('Only paper helps now.');
  const code = await printsCode(patient, 'patient123');
  patient.tab.complaints.expect(/status of 401|WebSocket connection/); // the reset ends the session
  await resets('p001', patient.name, 'a new password');

  const back = await lockedOut('a new password');
  await back.tab.fill('Recovery code', '00000-00000-00000-00000-000000');
  await fillPassword(back, 'a new password');
  await back.tab.press('Open with this code');
  await back.tab.reads('This code does not open your keys');
  await back.tab.fill('Recovery code', code);
  await fillPassword(back, 'a new password');
  await back.tab.press('Open with this code');
  await back.tab.reads('You have a recovery code on paper');
  await readsRecord(back, doctor, ['Only paper helps now.']);

  // And from now on the new password opens them anywhere.
  const elsewhere = await Person.signIn(await tab(), 'p001', 'a new password');
  await readsRecord(elsewhere, doctor, ['Only paper helps now.']);
  for (const person of [doctor, patient, back, elsewhere]) await person.goesHome();
});

test('a forgotten password without a code: another device lets the new one in', async () => {
  const { doctor, patient } = await visitWith('My other phone still has it.');
  patient.tab.complaints.expect(/status of 401|WebSocket connection/);
  await resets('p001', patient.name, 'a new password');
  const waiting = await lockedOut('a new password');
  assert.equal(await waiting.tab.run(() => document.body.innerText.includes('Open with this code'), undefined), false, 'there is no code to type');
  await waiting.tab.press('Let this device in from another one');
  await waiting.tab.reads('This device waits for a yes from another device of yours');
  const link = await waiting.tab.run(() => document.querySelector<HTMLAnchorElement>('.typed a')?.href ?? '', undefined);

  const old = await Person.signIn(patient.tab, 'p001', 'a new password'); // the device that still has the keys
  await old.tab.open(new URL(link).pathname + new URL(link).hash);
  await old.tab.press('Yes, it is mine: let it in');
  await old.tab.reads('The other device is let in');
  await waiting.tab.awaits('Devices', 'heading');
  await readsRecord(waiting, doctor, ['My other phone still has it.']);
  for (const person of [doctor, old, waiting]) await person.goesHome();
});

test('a forgotten password and nothing left: starting over says what is lost, and loses no more', async () => {
  const { doctor, patient } = await visitWith('Nobody has a copy of my key.');
  patient.tab.complaints.expect(/status of 401|WebSocket connection/);
  await resets('p001', patient.name, 'a new password');
  const anew = await lockedOut('a new password');
  await anew.tab.press('Start over');
  await anew.tab.reads('What was sealed for you until now does not open with the new keys.');
  await fillPassword(anew, 'a new password');
  await anew.tab.press('Yes, start over');
  await anew.tab.awaits('Devices', 'heading');
  await anew.tab.open('/records');
  await anew.tab.press(`Open: Visit with ${doctor.name}`, 'link');
  await anew.tab.reads('This record is not sealed for the keys on this device');
  await readsRecord(doctor, patient, ['Nobody has a copy of my key.']);
  for (const person of [doctor, patient, anew]) await person.goesHome();
});

/** The page was loaded anew since the sign-in, so it asks for the password again. */
async function fillPassword(person: Person, password: string): Promise<void> {
  const asked = await person.tab.run(() => document.querySelector('input[type=password]') !== null, undefined);
  if (asked) await person.tab.fill('Password', password);
}
