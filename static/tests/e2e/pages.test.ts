/** Every page, light and dark, on a phone and on a desk: axe finds nothing to mend, nothing runs over the edge, and a picture is kept in `shots/`. */
import assert from 'node:assert/strict';

import type { ChromiumTab } from './chromium.ts';
import { look } from './inspect.ts';
import { DEMO, type Login, Person } from './person.ts';
import { MARK } from './sealing.ts';
import { stage } from './stage.ts';
import { invite, removeGuest, startVisit } from './story.ts';

const { tab } = stage('one');

look('the page to sign in, empty and after a wrong password', async (inspect) => {
  const page = await tab();
  page.complaints.expect(/status of 401.*\/login/);
  await page.open('/login');
  await page.awaits('Sign in');
  await inspect(page, 'login');
  await page.fill('User name', 'p001');
  await page.fill('Password', 'not this one');
  await page.press('Sign in');
  await page.page.getByRole('alert').waitFor();
  await inspect(page, 'login wrong');
  await page.close();
  assert.deepEqual(page.complaints.unexpected, []);
});

const homes: [Login, string, string][] = [
  ['p002', 'patient', 'Ask for a visit'],
  ['d002', 'doctor', 'Start a visit'],
  ['r001', 'desk', 'Start a visit'],
  ['a001', 'admin', 'Add a person'],
];
for (const [login, who, action] of homes) {
  look(`the home page of the ${who}, and its dialog`, async (inspect) => {
    const person = await Person.signIn(await tab(), login);
    const page = person.tab as ChromiumTab;
    await inspect(page, `home ${who}`);
    await page.press(action);
    await page.page.getByRole('dialog').waitFor();
    await inspect(page, `home ${who} dialog`);
    await person.goesHome();
  });
}

look('the pages of a visit: preview, lobby, call with chat and people, left, removed, ended', async (inspect) => {
  const [doctorTab, patientTab, guestTab] = [await tab(), await tab(), await tab()];
  const doctor = await Person.signIn(doctorTab, 'd001');
  const patient = await Person.signIn(patientTab, 'p001');
  const path = await startVisit(doctor, patient.name);
  await doctor.getReady();
  await inspect(doctorTab, 'preview');
  await doctor.join();
  await doctor.inCall();
  await inspect(doctorTab, 'call alone');

  await patient.tab.open(path);
  await patient.join();
  await patient.tab.reads('You are at the door');
  await inspect(patientTab, 'lobby');
  await inspect(doctorTab, 'call somebody at the door');
  await doctor.tab.press(`Let in ${patient.name}`);
  await patient.hearsAndSees();
  await patient.tab.awaits(MARK.sealed);
  await inspect(patientTab, 'call');
  await patientTab.press(MARK.sealed);
  await patientTab.awaits(`They match for ${doctor.name}`);
  await inspect(patientTab, 'call words');
  await patientTab.press(`They don't match for ${doctor.name}`);
  await patientTab.reads('Say nothing private in this call.');
  await inspect(patientTab, 'call words differ');
  await patientTab.press(`They match for ${doctor.name}`);
  await patientTab.press('Close');
  await doctorTab.reads('says that your words are not the same');
  await inspect(doctorTab, 'call alarm');
  await doctorTab.press('I have read this');
  await patient.write('Good morning, doctor.');
  await doctor.hasChat(['Good morning, doctor.']);
  await inspect(patientTab, 'call chat patient');
  await inspect(doctorTab, 'call chat doctor');

  await guestTab.open(new URL(await invite(doctor)).pathname);
  await guestTab.page.getByLabel('Your name').waitFor();
  await inspect(guestTab, 'guest');
  const guest = await Person.comeByLink(guestTab, guestTab.page.url(), 'Meera');
  await guest.join();
  await doctor.tab.press('Let in Meera');
  await guest.hearsAndSees(2);
  await inspect(guestTab, 'call of three');
  await doctor.tab.press('More');
  await inspect(doctorTab, 'call more');
  await doctor.tab.press('Close');
  await removeGuest(doctor, 'Meera');
  await guestTab.reads('You were removed from the visit');
  await inspect(guestTab, 'removed');

  await patient.tab.press('Hang up');
  await patient.tab.reads('You left the call');
  await inspect(patientTab, 'left');
  await doctor.tab.press('Hang up');
  await doctorTab.page.getByRole('dialog').waitFor();
  await inspect(doctorTab, 'hang up');
  await doctor.tab.press('End for everyone');
  await inspect(doctorTab, 'end sure');
  await doctor.tab.press('Yes, end the visit');
  await doctor.tab.reads('The visit has ended');
  await doctor.tab.reads('The record of this visit is sealed');
  await inspect(doctorTab, 'ended');
  await doctor.tab.press('Open the record', 'link');
  await doctor.tab.reads('Good morning, doctor.');
  await inspect(doctorTab, 'record');
  await doctor.tab.press('All records', 'link');
  await doctor.tab.awaits(`Open: Visit with ${patient.name}`, 'link');
  await inspect(doctorTab, 'records');
  for (const person of [doctor, patient, guest]) await person.goesHome();
});

look('the pages of the keys: devices, recovery code, locked, another device, start over', async (inspect) => {
  const page = await tab();
  const patient = await Person.signIn(page, 'p002');
  await page.open('/records');
  await page.reads('No records yet');
  await inspect(page, 'records none');
  await page.open('/keys');
  await page.awaits('Devices', 'heading');
  await inspect(page, 'keys');
  await page.open('/recovery');
  await page.awaits('Show a new code');
  await inspect(page, 'recovery');
  await page.fill('Password', DEMO.p002);
  await page.press('Show a new code');
  await page.awaits('I have it on paper');
  await inspect(page, 'recovery code');
  await page.fill('The last group of the code', 'AAAAAA');
  await page.press('I have it on paper');
  await page.page.getByRole('alert').waitFor();
  await inspect(page, 'recovery wrong group');

  const admin = await Person.signIn(await tab(), 'a001');
  page.complaints.expect(/status of 401|WebSocket connection/); // the new password ends this session
  await admin.tab.press(`New password for ${patient.name}`);
  await admin.tab.fill('New password', 'a new password');
  await inspect(admin.tab as ChromiumTab, 'admin new password');
  await admin.tab.press('Set the new password');
  await admin.tab.reads(`${patient.name} has a new password`);

  const elsewhere = await tab();
  const locked = await Person.signIn(elsewhere, 'p002', 'a new password');
  await inspect(elsewhere, 'home locked');
  await elsewhere.press('Open your keys and devices', 'link');
  await elsewhere.awaits('Start over');
  await inspect(elsewhere, 'keys locked');
  await elsewhere.press('Start over');
  await elsewhere.awaits('Yes, start over');
  await inspect(elsewhere, 'keys start over');
  await elsewhere.press('Do not start over');
  await elsewhere.press('Let this device in from another one');
  await elsewhere.reads('This page changes by itself');
  await elsewhere.page.locator('.typed a').waitFor();
  await inspect(elsewhere, 'keys pending');
  const link = new URL((await elsewhere.page.locator('.typed a').getAttribute('href')) ?? '');

  const old = await Person.signIn(page, 'p002', 'a new password');
  await page.open(link.pathname + link.hash);
  await page.awaits('Yes, it is mine: let it in');
  await inspect(page, 'device');
  for (const person of [old, admin, locked]) await person.goesHome();
});

look('the page of a browser that cannot keep a call private', async (inspect) => {
  const page = await tab();
  await page.page.addInitScript(() => Reflect.deleteProperty(window, 'RTCRtpScriptTransform'));
  const doctor = await Person.signIn(page, 'd002');
  await startVisit(doctor, 'Meera Nair');
  await page.awaits('This browser cannot keep the call private', 'heading');
  await inspect(page, 'lack');
  await doctor.goesHome();
});
