/** The call is sealed end to end: words, marks, wrong keys, browsers that can't, and a layer that changes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { flipped, Mallory, PASS, passOf, withBody } from './mallory.ts';
import { Person } from './person.ts';
import { agrees, gets, getsNothing, MARK, meetSealed, sameWords, wordsWith } from './sealing.ts';
import { stage } from './stage.ts';
import { endVisit, invite, lineDrops, startVisit } from './story.ts';
import { until } from './until.ts';

const here = stage('each');
const { tab } = here;

/** How wide the pictures of somebody are that are decoded now; 0 when there are none. */
async function width(person: Person): Promise<number> {
  return person.tab.run(async () => {
    let wide = 0;
    for (const connection of window.probe.connections) {
      if (connection.connectionState === 'closed') continue;
      for (const [, row] of await connection.getStats()) {
        if (row.type === 'inbound-rtp' && row.kind === 'video') wide = Math.max(wide, row.frameWidth ?? 0);
      }
    }
    return wide;
  }, undefined);
}

test('two people see the same five words, say that they match, and are not asked again', async () => {
  const patientTab = await tab();
  const { doctor, patient, path } = await meetSealed(await tab(), patientTab);
  const words = await sameWords(doctor, patient);
  await agrees(doctor, patient);
  await doctor.tab.awaits(MARK.sealed); // one of two is not enough
  await agrees(patient, doctor);
  for (const person of [doctor, patient]) await person.tab.awaits(MARK.verified);

  await patient.tab.press('Hang up');
  await patient.tab.press('Return to the call');
  for (const person of [doctor, patient]) await person.tab.awaits(MARK.verified);
  for (const person of [doctor, patient]) await person.hearsAndSees();
  const next = await wordsWith(patient, doctor, MARK.verified);
  assert.notDeepEqual(next, words, 'each join has words of its own');
  assert.deepEqual(await wordsWith(doctor, patient, MARK.verified), next);

  await patient.tab.reload();
  await patient.returnToCall();
  await patient.tab.awaits(MARK.verified);
  assert.ok(path.startsWith('/visit/'));
  await endVisit(doctor);
  for (const person of [doctor, patient]) await person.goesHome();
});

test('the words are not the same for one of them: both are warned', async () => {
  const { doctor, patient } = await meetSealed(await tab(), await tab({ width: 360 }));
  await patient.tab.press(MARK.sealed);
  await patient.tab.press(`They don't match for ${doctor.name}`);
  await patient.tab.reads('Say nothing private in this call.');
  await patient.tab.press('Close');
  for (const person of [doctor, patient]) await person.tab.awaits(MARK.warning);
  await doctor.tab.reads('says that your words are not the same');
  await endVisit(doctor);
  for (const person of [doctor, patient]) await person.goesHome();
});

test('sealed pictures go on while their size changes with the line', async () => {
  const { doctor, patient } = await meetSealed(await tab(), await tab());
  const widths = new Set<number>();
  await until('the pictures changed their size', 60_000, async () => {
    const wide = await width(doctor);
    if (wide > 0) widths.add(wide);
    return widths.size >= 2;
  });
  await doctor.hearsAndSees(); // decoded anew, after the change
  await doctor.tab.awaits(MARK.sealed);
  await endVisit(doctor);
  for (const person of [doctor, patient]) await person.goesHome();
});

test('a guest who is given wrong keys gets every packet and decodes nothing of it', async () => {
  const { doctor, patient } = await meetSealed(await tab(), await tab());
  const guestTab = await tab();
  const mallory = await Mallory.between(guestTab);
  mallory.toPage = (message) => {
    const secret = passOf(message, PASS.secret);
    return secret === null ? message : withBody(message, flipped(secret, secret.length - 1));
  };
  const guest = await Person.comeByLink(guestTab, await invite(doctor), 'Meera');
  await guest.join();
  await doctor.tab.press('Let in Meera');
  await guest.inCall();
  await getsNothing(guest);
  await guest.tab.reads('A key came under the name of');
  await guest.tab.awaits(MARK.warning);
  for (const person of [doctor, patient]) await person.hearsAndSees(2);

  // The same guest with the right keys: it was the keys, and nothing else.
  mallory.toPage = (message) => message;
  await guest.tab.reload();
  await guest.returnToCall();
  await guest.hearsAndSees(2);
  await endVisit(doctor);
  for (const person of [doctor, patient, guest]) await person.goesHome();
});

test('a browser without frame transforms is told so, and is never in the call', async () => {
  const doctor = await Person.signIn(await tab(), 'd001');
  const oldTab = await tab();
  await oldTab.page.addInitScript(() => Reflect.deleteProperty(window, 'RTCRtpScriptTransform'));
  const patient = await Person.signIn(oldTab, 'p002');
  const path = await startVisit(doctor, patient.name);
  await doctor.join();
  await doctor.inCall();
  const mallory = await Mallory.between(oldTab);
  await oldTab.open(path);
  await oldTab.awaits('This browser cannot keep the call private', 'heading');
  assert.equal(await oldTab.offers('Join now'), false);
  assert.equal(await oldTab.run(() => window.probe.connections.length, undefined), 0);
  assert.ok(!mallory.heard.some(({ t }) => t === 'joined' || t === 'lobby'));

  const guestTab = await tab();
  await guestTab.page.addInitScript(() => Reflect.deleteProperty(window, 'RTCRtpScriptTransform'));
  await guestTab.open(new URL(await invite(doctor)).pathname);
  await guestTab.awaits('This browser cannot keep the call private', 'heading');
  await guestTab.close();
  await endVisit(doctor);
  for (const person of [doctor, patient]) await person.goesHome();
});

test('a browser that ignores the transform of its senders sends not one frame', async () => {
  const { doctor, patient } = await meetSealed(await tab(), await tab());
  const bareTab = await tab();
  await bareTab.page.addInitScript(() => {
    Object.defineProperty(RTCRtpSender.prototype, 'transform', { set: () => undefined, get: () => null });
  });
  const guest = await Person.comeByLink(bareTab, await invite(doctor), 'Kabir');
  await guest.join();
  await doctor.tab.press('Let in Kabir');
  await guest.hearsAndSees(2);
  const sent = await bareTab.run(async () => {
    let frames = 0;
    for (const connection of window.probe.connections) {
      for (const [, row] of await connection.getStats()) if (row.type === 'outbound-rtp') frames += row.bytesSent ?? 0;
    }
    return frames;
  }, undefined);
  assert.equal(sent, 0, 'bytes of sound and pictures that left the page');
  await doctor.perceives({ seen: 1, heard: 1 });
  await endVisit(doctor);
  for (const person of [doctor, patient, guest]) await person.goesHome();
});

test('a doctor who loads the page again in mid-call gets pictures, sound and words back by themselves', async () => {
  const { doctor, patient } = await meetSealed(await tab(), await tab());
  const before = await sameWords(doctor, patient);
  await doctor.tab.reload();
  await doctor.returnToCall();
  for (const person of [doctor, patient]) await person.hearsAndSees();
  const after = await sameWords(doctor, patient);
  assert.notDeepEqual(after, before);
  const counted = await gets(patient);
  await until('sound and pictures go on', 20_000, async () => (await gets(patient)).frames > counted.frames + 20);
  await endVisit(doctor);
  for (const person of [doctor, patient]) await person.goesHome();
});

test('sealed calls survive a server that is killed', async () => {
  const { doctor, patient } = await meetSealed(await tab(), await tab());
  for (const person of [doctor, patient]) lineDrops(person);
  await here.house.kill();
  for (const person of [doctor, patient]) await person.tab.reads('Reconnecting');
  await here.house.start();
  for (const person of [doctor, patient]) await person.hearsAndSees();
  await sameWords(doctor, patient);
  await endVisit(doctor);
  for (const person of [doctor, patient]) await person.goesHome();
});
