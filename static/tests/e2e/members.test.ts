/** Who belongs where, as what: another organisation, a new one, another role, a second step taken away; and what the pages of those concerned do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { totp } from './authenticator.ts';
import { enrols, password, policy, refused } from './door.ts';
import { choose, pageOf } from './office.ts';
import { DEMO, Person } from './person.ts';
import { stage } from './stage.ts';
import { startVisit } from './story.ts';

const { tab } = stage('each');

/** What a page complains of when its session ends under it. */
function isSignedOut(person: Person): void {
  person.tab.complaints.expect(/status of 401|WebSocket connection/);
}

test('a doctor of two organisations goes from one to the other, in every tab, and sees in each what belongs there', async () => {
  const doctor = await Person.enter(await tab(), 'd004', 'doctor012');
  const page = pageOf(doctor);
  await startVisit(doctor, 'Meera Nair');
  await page.open('/');
  await page.awaits('Join the visit with Meera Nair');
  const beside = doctor.inTab(await tab({ beside: page }));
  await beside.tab.open('/');
  await beside.tab.awaits('Join the visit with Meera Nair');
  for (const one of [doctor, beside]) isSignedOut(one);
  await page.page.getByLabel('Organisation', { exact: true }).selectOption({ label: 'Sukhna Clinic · Doctor' });
  for (const one of [doctor, beside]) {
    await one.tab.awaits('Sukhna Clinic', 'link');
    await one.tab.awaits('Start a visit');
    assert.equal(await one.tab.offers('Join the visit with Meera Nair'), false);
  }

  const there = await Person.enter(await tab({ width: 360 }), 'p003', 'patient789');
  await there.tab.press('Ask for a visit');
  await there.tab.press(`Ask ${doctor.name}`);
  await doctor.tab.awaits(`Accept ${there.name}`);
  const here = await Person.signIn(await tab(), 'p001');
  await here.tab.awaits(`Join the visit with ${doctor.name}`);

  await page.page.getByLabel('Organisation', { exact: true }).selectOption({ label: 'City Clinic · Doctor' });
  await doctor.tab.awaits('Join the visit with Meera Nair');
  assert.equal(await doctor.tab.offers(`Accept ${there.name}`), false);
  for (const person of [here, there, beside, doctor]) await person.goesHome();
});

test('an organisation begins when a second person says yes, and who registered it can go there', async () => {
  const one = await Person.signIn(await tab(), 'a001');
  const page = pageOf(one);
  await page.open('/admin/organisations');
  await page.press('Register an organisation');
  await page.fill('Name', 'Lake Clinic');
  await page.press('Register');
  await page.reads('Lake Clinic is registered and waits for a yes');
  await page.press('Done');
  await page.reads('You registered it, so a second person says yes or no');
  assert.equal(await page.offers('Approve Lake Clinic'), false);
  assert.equal(await page.page.getByLabel('Organisation', { exact: true }).count(), 0);

  const other = await Person.enter(await tab(), 'a002', 'admin456');
  await other.tab.open('/admin/organisations');
  await other.tab.reads(one.name);
  await other.tab.press('Approve Lake Clinic');
  await other.tab.reads('Lake Clinic can start.');
  await other.tab.reads('Nobody waits');

  isSignedOut(one);
  await page.open('/');
  await page.page.getByLabel('Organisation', { exact: true }).selectOption({ label: 'Lake Clinic · Administrator' });
  await page.awaits('Set up a second step', 'heading'); // a new clinic asks its staff for one
  await enrols(page);
  await page.awaits('Lake Clinic', 'link');
  for (const person of [one, other]) await person.goesHome();
});

test('a role is changed after one more proof; the page of whoever has it now says so and starts anew', async () => {
  const admin = await Person.signIn(await tab(), 'a001');
  const page = pageOf(admin);
  await page.open('/account');
  await page.press('Turn it on');
  const { secret } = await enrols(page);
  const desk = await Person.signIn(await tab(), 'r001');
  isSignedOut(desk);
  refused(page, 403);
  await page.page.route('**/api/v1/people/*', (route) => route.fulfill({ status: 403, json: { code: 'step_up' } }), { times: 1 });
  await page.open('/');
  await page.press(`Change ${desk.name}`);
  await choose(page, 'Role', 'pharmacist');
  await page.reads(`${desk.name} is signed out everywhere and signs in again with the new role.`);
  await page.press('Save');
  await page.awaits('Is it you?', 'heading');
  await page.fill('Code from your app', totp(secret, 30));
  await page.page.getByRole('dialog', { name: 'Is it you?' }).getByRole('button', { name: 'Continue' }).click();
  await page.reads(`${desk.name} is changed.`);

  await desk.tab.awaits('Sign in', 'heading');
  await desk.tab.reads('You were signed out. Sign in again to go on.');
  await password(pageOf(desk), 'r001', DEMO.r001);
  await desk.tab.awaits('Pharmacy', 'heading');
  assert.equal(await desk.tab.offers('Start a visit'), false);
  for (const person of [admin, desk]) await person.goesHome();
});

test('who lost the phone gets a new second step by an administrator, and sets it up at the next sign-in', async () => {
  const admin = await Person.signIn(await tab(), 'a001');
  const doctor = await Person.signIn(await tab(), 'd001');
  const theirs = pageOf(doctor);
  await theirs.open('/account');
  await theirs.press('Turn it on');
  await enrols(theirs);
  await policy(admin, { second_factor: 'staff' });
  isSignedOut(doctor);
  await admin.tab.press(`Change ${doctor.name}`);
  await admin.tab.press('Reset the second step');
  await admin.tab.reads(`Do you know that it is ${doctor.name} who asks?`);
  await admin.tab.press('Yes, reset it');
  await admin.tab.reads(`${doctor.name} sets up a new code at the next sign-in.`);

  await doctor.tab.reads('You were signed out. Sign in again to go on.');
  await password(theirs, 'd001', DEMO.d001);
  await theirs.awaits('Set up a second step', 'heading');
  await enrols(theirs);
  await theirs.awaits('Start a visit');
  for (const person of [admin, doctor]) await person.goesHome();
});
