/** A canary: what is said, written and shown in a visit is nowhere in the server. Each search also finds what must be there, so that it can fail. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { pdf } from './files.ts';
import { Mallory } from './mallory.ts';
import { Person } from './person.ts';
import { stage } from './stage.ts';
import { endVisit, invite } from './story.ts';
import { meetSealed } from './sealing.ts';
import { tapFrames, type Taps } from './taps.ts';
import { until } from './until.ts';
import { adds, arrives, notes, opensToo, saves, treated } from './vault.ts';

const CHAT = 'canary-in-the-chat-7f3d91';
const NOTE = 'canary-in-a-note-91be44';
const IN_FILE = 'canary-in-a-file-5d20c7';
const PASSWORD = 'canary-as-password-c04b';
const CLINIC = 'Clinic of the control word';

const here = stage('one', { settings: { VAIDYA_CLINIC_NAME: CLINIC } });
const { tab } = here;

/** A text as it could lie about: as it is, as JavaScript keeps it, and inside base64 at every place. */
function shapes(text: string): Buffer[] {
  const inBase64 = [0, 1, 2].flatMap((shift) => {
    const whole = Buffer.concat([Buffer.alloc(shift), Buffer.from(text)]);
    // What neighbours share a character with is left out.
    return (['base64', 'base64url'] as const).map((way) => Buffer.from(whole.toString(way).slice(shift === 0 ? 0 : 4, -4)));
  });
  return [Buffer.from(text), Buffer.from(text, 'utf16le'), Buffer.from(Buffer.from(text).toString('hex')), ...inBase64];
}

test('what is written in a chat and in its record is in no file, log, figure or memory of the server', async () => {
  const patientTab = await tab();
  const mallory = await Mallory.between(patientTab);
  let body = '';
  mallory.toServer = (message) => {
    if (message.t === 'say') body = String(message['body']);
    return message;
  };
  const { doctor, patient } = await meetSealed(await tab(), patientTab);
  await patient.write(CHAT);
  for (const person of [doctor, patient]) await person.hasChat([CHAT]);
  const sealed = Buffer.from(body, 'base64url');
  assert.ok(sealed.length > 100, 'the message went out');

  const seen = async (needles: Buffer[]) => ({
    files: here.house.inFiles(needles),
    memory: here.house.inMemory(needles),
    log: needles.some((one) => here.house.log().includes(one.toString())),
    metrics: (await here.house.metrics()).includes(needles[0]?.toString() ?? ''),
  });
  const nowhere = { files: [], memory: 0, log: false, metrics: false };
  assert.deepEqual(await seen(shapes(CHAT)), nowhere);
  // The same search finds the sealed message in the database, and the clinic's name in memory.
  assert.ok(here.house.inFiles([sealed]).length > 0, 'the sealed message is in the data folder');
  assert.ok(here.house.inMemory([Buffer.from(CLINIC)]) > 0, 'the name of the clinic is in memory');
  assert.ok(here.house.log().includes(String(here.house.http)), 'the log is the log');
  assert.match(await here.house.metrics(), /^# TYPE /m);

  await endVisit(doctor);
  await doctor.tab.reads('The record of this visit is sealed');
  await doctor.tab.press('Open the record', 'link');
  await doctor.tab.reads(CHAT);
  assert.deepEqual(await seen(shapes(CHAT)), nowhere);
  assert.ok(here.house.inFiles([Buffer.from('vaidya-record')], true).some((file) => file.includes('blocks')), 'the record is in the block folder');
  for (const person of [doctor, patient]) await person.goesHome();
});

test('what is typed into a note, and what is in a file and its name, is in no file, log, figure or memory of the server', async () => {
  const { doctor, patient, id } = await treated(here);
  await notes(doctor, id, NOTE, `Take it twice a day. ${NOTE}`);
  await opensToo(patient, doctor, NOTE);
  await adds(patient, pdf(`${IN_FILE}.pdf`, 2_500_000, IN_FILE), `About ${IN_FILE}`, { doctor });
  await arrives(patient, `About ${IN_FILE}`);
  await opensToo(doctor, patient, `About ${IN_FILE}`);
  await doctor.tab.press('Get the file (2.5 MB)');
  await doctor.tab.awaits('Save a copy', 'link');
  assert.ok((await saves(doctor)).includes(IN_FILE), 'the file came whole');
  const needles = [...shapes(NOTE), ...shapes(IN_FILE)];
  assert.deepEqual(here.house.inFiles(needles), []);
  assert.equal(here.house.inMemory(needles), 0);
  assert.ok(!needles.some((one) => here.house.log().includes(one.toString())), 'in the log');
  const figures = await here.house.metrics();
  assert.ok(!needles.some((one) => figures.includes(one.toString())), 'in the figures');
  // The same searches find what must be there: the sealed block that holds the note, and the clinic's name.
  const cid = await doctor.tab.run(async (at) => ((await (await fetch(`/api/v1${at}`)).json()) as { versions: { cid: string }[] }).versions[0]?.cid ?? '', patient.tab.path());
  assert.ok(here.house.inFiles([Buffer.from(cid)]).length > 0, 'the name of the block is in the database');
  assert.ok(here.house.inMemory([Buffer.from(CLINIC)]) > 0, 'the name of the clinic is in memory');
  for (const person of [doctor, patient]) await person.goesHome();
});

test('a password typed in the browser is in no file, log or memory of the server', async () => {
  const admin = await Person.signIn(await tab(), 'a001');
  const name = await admin.tab.run(async () => {
    const people = (await (await fetch('/api/v1/people')).json()) as { login: string; name: string }[];
    return people.find((one) => one.login === 'p002')?.name ?? '';
  }, undefined);
  await admin.tab.press(`New password for ${name}`);
  await admin.tab.fill('New password', PASSWORD);
  await admin.tab.press('Set the new password');
  await admin.tab.reads(`${name} has a new password`);
  const patient = await Person.signIn(await tab(), 'p002', PASSWORD);
  assert.deepEqual(here.house.inFiles(shapes(PASSWORD)), []);
  assert.equal(here.house.inMemory(shapes(PASSWORD)), 0);
  assert.ok(here.house.inMemory(shapes(CLINIC)) > 0, 'the same search finds the name of the clinic');
  assert.ok(!here.house.log().includes(PASSWORD));
  for (const person of [admin, patient]) await person.goesHome();
});

// What this proves: frames are taken in the sender's worker before they are sealed, and in the receiver's as the server forwarded them (the payloads of its RTP packets, put together).
// No plaintext of the sender is in what came, although after opening the same search finds it there. SRTP is peeled off by both ends and would hide everything from a capture of UDP.
test('what the server forwards has nothing of the encoded pictures in it, and opens to exactly them', async () => {
  const [doctorTab, patientTab, guestTab] = [await tab(), await tab(), await tab()];
  for (const one of [doctorTab, guestTab]) await tapFrames(one);
  const { doctor, patient } = await meetSealed(doctorTab, patientTab);
  const guest = await Person.comeByLink(guestTab, await invite(doctor), 'Meera');
  await guest.join();
  await doctor.tab.press('Let in Meera');
  await guest.hearsAndSees(2);

  const taps = (person: Person): Promise<Taps> => person.tab.run(() => window.taps, undefined);
  const plain = async () => (await taps(doctor)).plain;
  let found = 0;
  await until('pictures of the doctor were taken on their way', 30_000, async () => {
    const [windows, { opened }] = [await plain(), await taps(guest)];
    found = windows.filter((one) => opened.some((frame) => frame.includes(one))).length;
    return found >= 20;
  });
  const { wire } = await taps(guest);
  assert.ok(wire.length >= 20, `${wire.length} sealed frames`);
  const leaked = (await plain()).filter((one) => wire.some((frame) => frame.includes(one)));
  assert.deepEqual(leaked, [], `of which ${found} were found after opening`);
  assert.equal(here.house.inMemory((await plain()).slice(-200).map((one) => Buffer.from(one, 'hex'))), 0, 'pictures in the memory of the server');
  await endVisit(doctor);
  for (const person of [doctor, patient, guest]) await person.goesHome();
});
