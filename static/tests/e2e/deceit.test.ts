/** A server that lies about keys, rosters and people: the browser says so, and neither believes nor sends. */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { bind, importBundle, makeBundle, type PublicKey } from '../../src/seal/identity.ts';
import { enter, makeGuest } from '../../src/seal/member.ts';
import type { ChromiumTab } from './chromium.ts';
import { flipped, Mallory, type Message, PASS, passOf, type Seat, seatsThrough, withBody } from './mallory.ts';
import { Person } from './person.ts';
import { agrees, getsNothing, MARK, meetSealed } from './sealing.ts';
import { stage } from './stage.ts';
import { endVisit, invite, meet, startVisit } from './story.ts';

/** Where a roster has its members: behind version, visit, epoch and their number. */
const MEMBERS_AT = 1 + 1 + 16 + 8;
const MEMBER = 16 + 32 + 32;

const { tab } = stage('each');

/** A page that a lying server talks to. */
async function deceived(): Promise<{ page: ChromiumTab; mallory: Mallory }> {
  const page = await tab();
  return { page, mallory: await Mallory.between(page) };
}

async function ends(doctor: Person, ...others: Person[]): Promise<void> {
  await endVisit(doctor);
  for (const person of [doctor, ...others]) await person.goesHome();
}

/** Bytes of sound and pictures that left a page. */
async function sent(person: Person): Promise<number> {
  return person.tab.run(async () => {
    let bytes = 0;
    for (const connection of window.probe.connections) {
      for (const [, row] of await connection.getStats()) if (row.type === 'outbound-rtp') bytes += row.bytesSent ?? 0;
    }
    return bytes;
  }, undefined);
}

/** The seats to which a page passed secrets. */
function givenTo(mallory: Mallory): Set<string> {
  const seats = new Set<string>();
  mallory.toServer = (message) => {
    if (passOf(message, PASS.secret) !== null) seats.add(String(message['to']));
    return message;
  };
  return seats;
}

test('a key swapped by the server is said to be one that could not be checked, and nothing is sent to it', async () => {
  const { page, mallory } = await deceived();
  const secrets = givenTo(mallory);
  const swap = (seat: Seat): Seat => {
    if (seat.role !== 'doctor' || seat.key === null) return seat;
    return { ...seat, key: flipped(Buffer.from(seat.key, 'base64url'), 5).toString('base64url') };
  };
  mallory.toPage = (message) => seatsThrough(message, swap);
  const { doctor, patient } = await meet(await tab(), page);
  await patient.tab.reads(`The server showed us a key for ${doctor.name} that we could not check`);
  await patient.tab.awaits(MARK.warning);
  await getsNothing(patient);
  assert.equal(await sent(patient), 0, 'bytes that left the page of whom the key was swapped');
  assert.deepEqual([...secrets], []);
  await ends(doctor, patient);
});

test('a secret that the server keeps back is said to be missing, and the call heals when it comes', async () => {
  const { page, mallory } = await deceived();
  mallory.toPage = (message) => (passOf(message, PASS.secret) === null ? message : null);
  const { doctor, patient } = await meet(await tab(), page);
  await patient.tab.reads(`The key of ${doctor.name} does not arrive`, 40_000);
  await getsNothing(patient);
  mallory.toPage = (message) => message;
  for (const person of [doctor, patient]) await person.hearsAndSees();
  await patient.tab.awaits(MARK.sealed);
  await ends(doctor, patient);
});

test('a secret changed on its way is said to be forged, and opens nothing', async () => {
  const { page, mallory } = await deceived();
  mallory.toPage = (message) => {
    const secret = passOf(message, PASS.secret);
    return secret === null ? message : withBody(message, flipped(secret, 20));
  };
  const { doctor, patient } = await meet(await tab(), page);
  await patient.tab.reads(`A key came under the name of ${doctor.name} that is not theirs`);
  await getsNothing(patient);
  await ends(doctor, patient);
});

test('an old roster that the server shows again is said to be old, and changes nothing', async () => {
  const { page, mallory } = await deceived();
  let first: Message | null = null;
  mallory.toPage = (message) => {
    if (first === null && passOf(message, PASS.roster) !== null) first = message;
    return message;
  };
  const { doctor, patient } = await meetSealed(await tab(), page);
  const guest = await Person.comeByLink(await tab(), await invite(doctor), 'Meera');
  await guest.join();
  await doctor.tab.press('Let in Meera');
  for (const person of [doctor, patient, guest]) await person.hearsAndSees(2);
  assert.ok(first !== null, 'a roster came');
  mallory.say(first);
  await patient.tab.reads('Old keys of this call were sent to us again');
  for (const person of [doctor, patient, guest]) await person.hearsAndSees(2);
  await ends(doctor, patient, guest);
});

test('a roster in which the server invents a member is said to be unsigned, and nobody invented gets a key', async () => {
  const { page, mallory } = await deceived();
  const secrets = givenTo(mallory);
  const invented = randomUUID();
  mallory.toPage = (message) => {
    const roster = passOf(message, PASS.roster);
    if (roster === null) return message;
    const body = Buffer.from(roster);
    const end = MEMBERS_AT + (body[MEMBERS_AT] ?? 0) * MEMBER + 1;
    body[MEMBERS_AT] = (body[MEMBERS_AT] ?? 0) + 1;
    const member = Buffer.concat([Buffer.from(invented.replaceAll('-', ''), 'hex'), randomBytes(64)]);
    return withBody(message, Buffer.concat([body.subarray(0, end), member, body.subarray(end)]));
  };
  const { doctor, patient } = await meet(await tab(), page);
  await patient.tab.reads('a list of who may hear this call that the doctor did not sign');
  await getsNothing(patient);
  assert.equal(await sent(patient), 0);
  assert.deepEqual([...secrets], []);
  await ends(doctor, patient);
});

test('a person whom the server invents gets nothing, and cannot hide', async () => {
  const { page, mallory } = await deceived();
  const secrets = givenTo(mallory);
  const { doctor, patient, path } = await meetSealed(page, await tab());
  const visit = path.split('/').at(-1) ?? '';
  const nobody = { id: randomUUID(), role: 'guest', name: 'Nobody', standing: 'admitted', here: true, mic: true, cam: true };
  mallory.say({ t: 'seat', visit, seat: { ...nobody, key: randomBytes(161).toString('base64url') } });
  await doctor.tab.reads('The server showed us a key for Nobody that we could not check. Nothing was sent to it.');
  assert.ok(!secrets.has(nobody.id));
  for (const person of [doctor, patient]) await person.hearsAndSees();
  mallory.say({ t: 'seat', visit, seat: { ...nobody, here: false, key: null } });
  await doctor.tab.awaits(MARK.sealed);
  await agrees(doctor, patient);
  await agrees(patient, doctor);
  await doctor.tab.awaits(MARK.verified);

  // With a key that is well made: the doctor sees that there is one more, and that they were not compared.
  const { blob } = await enter(visit, 'guest', await makeGuest());
  mallory.say({ t: 'seat', visit, seat: { ...nobody, id: randomUUID(), key: Buffer.from(blob).toString('base64url') } });
  await doctor.tab.readsNoMore(MARK.verified);
  await doctor.tab.reads('Nobody');
  await ends(doctor, patient);
});

test('a person known from an earlier visit, for whom the server shows keys of its own, is said to have a key that the log does not know and gets nothing', async () => {
  const { page, mallory } = await deceived();
  const { doctor, patient } = await meetSealed(await tab(), page);
  await endVisit(doctor);
  await patient.tab.reads('The visit has ended');

  const secrets = givenTo(mallory);
  const invented = await importBundle(await makeBundle());
  await page.page.route(/\/api\/v1\/visits\/[^/]+\/keys$/, async (route) => {
    const response = await route.fetch();
    const listed = (await response.json()) as { doctor: PublicKey[] };
    const swapped = await Promise.all(listed.doctor.map(async (one) => ({ ...one, ...(await bind(invented, one.person, one.id)) })));
    await route.fulfill({ response, json: { ...listed, doctor: swapped } });
  });
  await doctor.tab.open('/');
  await patient.tab.open(await startVisit(doctor, patient.name));
  await doctor.join();
  await doctor.inCall();
  await patient.join();
  await doctor.tab.press(`Let in ${patient.name}`);
  await patient.tab.reads(`The clinic’s log does not have the key that the server showed us for ${doctor.name}`);
  await patient.tab.reads(`The server showed us a key for ${doctor.name} that we could not check`);
  await getsNothing(patient);
  assert.equal(await sent(patient), 0);
  assert.deepEqual([...secrets], []);
  await page.page.unrouteAll({ behavior: 'ignoreErrors' });
  await ends(doctor, patient);
});
