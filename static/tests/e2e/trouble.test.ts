/** When things go wrong on somebody's side: devices, permissions, passwords, the line. Each has a clear outcome and loses nothing. */
import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';

import type { Browser } from 'playwright-core';

import { Cable } from './cable.ts';
import { ChromiumTab, launchChromium, type Setting } from './chromium.ts';
import { House } from './house.ts';
import { Person } from './person.ts';
import { endVisit, lineDrops, meet, startVisit } from './story.ts';

let browser: Browser;
let bare: Browser;
let house: House;
before(async () => {
  browser = await launchChromium();
  bare = await launchChromium('none');
  house = await House.open();
});
after(async () => {
  await browser.close();
  await bare.close();
  await house.close();
});

/** The doctor waits in a visit; somebody with trouble opens its page. */
async function arrive(t: TestContext, with_: Browser, setting: Setting = {}, trouble?: (tab: ChromiumTab) => Promise<unknown>) {
  const doctor = await Person.signIn(await ChromiumTab.open(browser, house.url), 'd001');
  const tab = await ChromiumTab.open(with_, house.url, { width: 360, ...setting });
  await trouble?.(tab);
  const patient = await Person.signIn(tab, 'p002');
  const path = await startVisit(doctor, patient.name);
  await doctor.join();
  await doctor.inCall();
  await tab.open(path);
  t.after(async () => {
    await endVisit(doctor); // the next one is let in anew
    for (const person of [doctor, patient]) await person.goesHome();
  });
  return { doctor, patient, tab };
}

/** Whoever has no camera still gets in, sees and hears. */
async function comesIn(doctor: Person, patient: Person): Promise<void> {
  await patient.tab.press('Join now');
  await doctor.tab.press(`Let in ${patient.name}`);
  await patient.inCall();
  await patient.hearsAndSees();
}

test('without camera and microphone one is told so, joins, and still sees and hears the doctor', async (t) => {
  const { doctor, patient, tab } = await arrive(t, bare);
  await tab.reads('No camera was found');
  await tab.reads('No microphone was found');
  await comesIn(doctor, patient);
});

test('whoever denies camera and microphone is told how to allow them, and can join without', async (t) => {
  const { doctor, patient, tab } = await arrive(t, browser, { answer: 'deny' });
  await tab.press('Use camera and microphone');
  await tab.reads('The camera is blocked for this page');
  await tab.reads('Click the sign left of the address');
  await comesIn(doctor, patient);
});

// A camera that another program holds can't be had in a test machine: the page is told what Chromium tells it then.
test('a camera that another program holds is named as such, and the microphone still works', async (t) => {
  const { doctor, patient, tab } = await arrive(t, browser, {}, (before) =>
    before.page.addInitScript(() => {
      const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = async (wish) => {
        if (wish?.video) throw new DOMException('Could not start video source', 'NotReadableError');
        return real(wish);
      };
    }),
  );
  await tab.reads('Another program uses the camera');
  await comesIn(doctor, patient);
  await doctor.perceives({ heard: 1 });
});

test('a machine with a camera and no microphone joins with pictures only', async (t) => {
  const { doctor, patient, tab } = await arrive(t, browser, {}, (before) =>
    before.page.addInitScript(() => {
      const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = async (wish) => {
        if (wish?.audio) throw new DOMException('Requested device not found', 'NotFoundError');
        return real(wish);
      };
      navigator.mediaDevices.enumerateDevices = async () => [];
    }),
  );
  await tab.reads('No microphone was found');
  await comesIn(doctor, patient);
  await doctor.perceives({ seen: 1 });
});

test('a wrong password says so, keeps the user name, and too many lock the door for a while', async () => {
  const tab = await ChromiumTab.open(browser, house.url);
  tab.complaints.expect(/status of (401|429).*\/login/);
  await tab.open('/login');
  await tab.fill('User name', 'a001');
  for (let tries = 0; tries < 20 && !(await tab.page.getByText('Too many wrong tries').isVisible()); tries += 1) {
    await tab.fill('Password', `wrong ${tries}`);
    const answer = tab.page.waitForResponse((response) => response.url().endsWith('/api/v1/login'));
    await tab.press('Sign in');
    if ((await answer).status() === 429) break;
    await tab.page.getByRole('alert').waitFor();
    assert.equal(await tab.page.getByLabel('User name').inputValue(), 'a001');
  }
  await tab.reads('Too many wrong tries');
  await tab.close();
  assert.deepEqual(tab.complaints.unexpected, []);
});

test('a line cut in the middle of a message loses nothing and says nothing twice', async (t) => {
  let port = 0;
  const cable = await Cable.lay(() => port);
  t.after(() => cable.remove());
  const home = await House.open({ door: cable.port });
  t.after(() => home.close());
  port = home.http;
  const doctorTab = await ChromiumTab.open(browser, home.url);
  const { doctor, patient } = await meet(doctorTab, await ChromiumTab.open(browser, home.url));
  for (const person of [doctor, patient]) lineDrops(person);
  await patient.write('Before the cut.');
  await doctor.hasChat(['Before the cut.']);

  // The message leaves the page, and the line is gone before the answer can come.
  await patient.openChat();
  await patient.tab.fill('Write a message', 'In the middle.');
  await patient.tab.press('Send');
  cable.cut();
  await patient.write('While it was cut.');
  await patient.tab.reads('Reconnecting');
  cable.mend();
  for (const person of [doctor, patient]) await person.hasChat(['Before the cut.', 'In the middle.', 'While it was cut.']);
  for (const person of [doctor, patient]) await person.hearsAndSees();
  for (const person of [doctor, patient]) await person.goesHome();
});
