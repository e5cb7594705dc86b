/** Coming by a link: previews change nothing, a second device is flagged, and nobody is left at a dead end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { desksPhoneVisit, doctorsPhoneVisit, pageOf } from './office.ts';
import { Person } from './person.ts';
import { sameWords } from './sealing.ts';
import { stage } from './stage.ts';
import { invite, startVisit } from './story.ts';

const here = stage('each');
const { tab } = here;

/** Somebody who has only a phone. */
const HARJIT = { name: 'Harjit Gill', phone: '+91 98765 43210' };

/** How often a messenger's preview may fetch a link before its reader does. */
const PREVIEWS = 5;

/** A doctor in a call of their own, and a link into it. */
async function hostWithLink(): Promise<{ doctor: Person; link: string }> {
  const doctor = await Person.signIn(await tab(), 'd001');
  await startVisit(doctor, 'Meera Nair');
  await doctor.join();
  await doctor.inCall();
  return { doctor, link: await invite(doctor) };
}

/** When the browser's clock has this on it, as a `datetime-local` field wants it. */
function fieldTime(at: number): string {
  return new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

test('a link that previews fetched five times still lets its guest in, who is announced with name and age', async () => {
  const { doctor, link } = await hostWithLink();
  const code = new URL(link).pathname.split('/').at(-1) ?? '';
  for (let i = 0; i < PREVIEWS; i += 1) {
    for (const address of [link, `${here.house.url}/api/v1/links/${code}`]) {
      const preview = await fetch(address, { headers: { 'User-Agent': 'WhatsApp/2.23 facebookexternalhit/1.1' } });
      assert.equal(preview.status, 200);
      assert.equal(preview.headers.get('set-cookie'), null);
    }
  }
  const guest = await Person.comeByLink(await tab({ width: 360 }), link, 'Kabir');
  await guest.join();
  await guest.tab.reads('You are at the door');
  await doctor.tab.reads('born 1984');
  await doctor.tab.reads('says that name and age are true');
  assert.ok(!(await pageOf(doctor).page.getByText('Second device').isVisible()));
  await doctor.tab.press('Let in Kabir');
  for (const person of [doctor, guest]) await person.hearsAndSees();
  for (const person of [doctor, guest]) await person.goesHome();
});

test('a second device with the same link waits at the door, flagged; the first one goes on without being asked again', async () => {
  const { doctor, link } = await hostWithLink();
  const first = await tab();
  const guest = await Person.comeByLink(first, link, 'Kabir');
  await guest.join();
  await doctor.tab.press('Let in Kabir');
  await guest.inCall();

  const other = await Person.comeByLink(await tab(), link, 'Kabir too');
  await other.join();
  await other.tab.reads('You are at the door');
  await doctor.tab.reads('Second device');
  await doctor.tab.awaits('Let in Kabir too');

  const again = guest.inTab(await tab({ beside: first }));
  await again.tab.open(new URL(link).pathname);
  await again.getReady();
  for (const person of [doctor, guest, other, again]) await person.goesHome();
});

test('a link of a visit that is planned counts down, and names the time on both clocks', async () => {
  const doctor = await Person.signIn(await tab(), 'd001');
  const page = pageOf(doctor);
  await doctorsPhoneVisit(page, HARJIT, fieldTime(Date.now() + 3 * 3_600_000));
  await page.press('Invite someone');
  const link = await page.holds('Guest link');

  const far = await here.browser.newContext({ viewport: { width: 360, height: 740 }, timezoneId: 'America/New_York' });
  const reader = await far.newPage();
  await reader.goto(link);
  await reader.getByText('(your time)').waitFor();
  await reader.getByText(/at the clinic \(/).waitFor();
  await reader.getByText(/2 h (29|30) min/).waitFor();
  await reader.getByText('VIDEO visit – do not travel').waitFor();
  await far.close();
  await doctor.goesHome();
});

test('somebody with only a phone gets a link by SMS from the desk, and a new one when it is sent again', async () => {
  const desk = await Person.signIn(await tab(), 'r001');
  const page = pageOf(desk);
  await desksPhoneVisit(page, HARJIT);
  assert.equal(await page.holds('Phone'), '+919876543210');
  await page.press('Send the link');
  await page.reads('Link for Harjit Gill');
  await page.awaits('Send again');
  await page.press('Take the link back');
  await page.reads('Taken back');
  await desk.goesHome();
});

test('a patient who has only a link is seen, heard and read like one with an account', async () => {
  const doctor = await Person.signIn(await tab(), 'd001');
  const page = pageOf(doctor);
  await doctorsPhoneVisit(page, HARJIT);
  const link = await page.run(async () => {
    const visits = (await (await fetch('/api/v1/visits')).json()) as { id: string; patient: string }[];
    const visit = visits.find((one) => one.patient === 'Harjit Gill')?.id ?? '';
    const request = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ for: 'patient' }) };
    return ((await (await fetch(`/api/v1/visits/${visit}/links`, request)).json()) as { url: string }).url;
  }, undefined);
  await page.press('Close');
  await page.press('Join the visit with Harjit Gill');
  await doctor.join();
  await doctor.inCall();
  const patient = await Person.comeByLink(await tab({ width: 360 }), link, 'Harjit Gill');
  await patient.join();
  await doctor.tab.reads('(by a link, without an account) is waiting');
  await doctor.tab.press('Let in Harjit Gill');
  for (const person of [doctor, patient]) await person.hearsAndSees();
  await sameWords(doctor, patient);
  await patient.write('My knee hurts.');
  for (const person of [doctor, patient]) await person.hasChat(['My knee hurts.']);
  for (const person of [doctor, patient]) await person.goesHome();
});

test('a wrong link says what to do, and so does a browser inside an app', async () => {
  const lost = await tab({ width: 360 });
  lost.complaints.expect(/status of 404/);
  await lost.open('/g/AAAA-AAAA-AAAA');
  await lost.awaits('This link does not work', 'heading');
  await lost.reads('ask the clinic for a new link');
  await lost.awaits('Try again');
  await lost.close();

  const { doctor, link } = await hostWithLink();
  const app = await here.browser.newContext({
    viewport: { width: 360, height: 740 },
    userAgent: 'Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/124.0.0.0 Mobile Safari/537.36',
  });
  const inside = await app.newPage();
  await inside.goto(link);
  await inside.getByRole('heading', { name: 'Open this page in Chrome' }).waitFor();
  assert.equal(await inside.getByLabel('Link of this page').inputValue(), link);
  await inside.getByRole('button', { name: 'Go on here anyway' }).click();
  await inside.getByLabel('Your name').waitFor();
  await app.close();
  await doctor.goesHome();
});
