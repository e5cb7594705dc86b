/** The door as people use it: an account of one's own, an invite, a second step, a forgotten password, devices, and the lock. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { totp } from './authenticator.ts';
import type { ChromiumTab } from './chromium.ts';
import { answers, choosesClinic, enrols, password, policy, post, refused, signOut } from './door.ts';
import { DEMO, Person } from './person.ts';
import { stage } from './stage.ts';
import { meet } from './story.ts';

const { tab } = stage('one');

const { code, fresherCode, invited, provesPhone } = post(tab);

/** The page looks at the clock as if so many minutes had gone by untouched. */
async function minutesGoBy(page: ChromiumTab, minutes: number): Promise<void> {
  await page.run((ms) => {
    const real = Date.now;
    Date.now = () => real() + ms;
    document.dispatchEvent(new Event('visibilitychange'));
    Date.now = real;
  }, minutes * 60_000);
}

test('a patient makes an account with a code from a message, has keys at once, and signs in with it again', async () => {
  const page = await tab({ width: 360 });
  await provesPhone(page, '98765 00001', '+919876500001');
  await answers(page, { name: 'Gita Devi', year: '1980', login: 'gita', password: 'rain on the roof' });
  await page.press('Make my account');
  await page.awaits('Your visits', 'heading');
  await page.awaits('Print your recovery code', 'link');
  await signOut(page);
  await password(page, 'gita', 'rain on the roof');
  await page.awaits('Your visits', 'heading');
  await page.open('/keys');
  await page.reads('in use here');
  await page.close();
  assert.deepEqual(page.complaints.unexpected, []);
});

test('a wrong code is refused in words, a reload forgets nothing, and a family shares its phone', async () => {
  const page = await tab({ width: 360 });
  refused(page, 401);
  await page.open('/register');
  await choosesClinic(page);
  await page.fill('Phone or e-mail', '98765 00002');
  await page.press('Send me a code');
  const right = await code('+919876500002');
  await page.fill('Code from the message', right === '000000' ? '111111' : '000000');
  await page.press('Continue');
  await page.reads('This is not the right code');
  await page.reload();
  await page.fill('Code from the message', right);
  await page.press('Continue');
  await answers(page, { name: 'Asha Nair', year: '1985', login: 'asha.n', password: 'three words here' });
  await page.press('Make my account');
  await page.awaits('Your visits', 'heading');
  await signOut(page);

  await provesPhone(page, '98765 00002', '+919876500002');
  await page.awaits('Is this account for somebody else?', 'heading');
  await page.press('Yes, make another account');
  await page.fill('Name', 'Ravi Nair');
  await page.press('Continue');
  await page.fill('Year of birth', '2015');
  await page.press('Continue');
  await page.awaits('Who answers for you?', 'heading');
  await page.fill('Their name', 'Asha Nair');
  await page.fill('What they are to the patient', 'mother');
  await page.press('Continue');
  await page.awaits('What is your sex?', 'heading');
  await page.press('Male', 'radio');
  await page.press('Continue');
  await page.press('English', 'radio');
  await page.press('Continue');
  await page.fill('User name', 'asha.n');
  await page.press('Continue');
  await page.fill('Password', 'three more words');
  await page.press('Continue');
  refused(page, 401, 409);
  await page.press('Make my account');
  await page.reads('Somebody has this user name already');
  await page.page.getByRole('alert').getByRole('button', { name: 'Change' }).click();
  await page.fill('User name', 'ravi.n');
  await page.press('Continue');
  await page.press('Continue');
  await page.press('Make my account');
  await page.awaits('Your visits', 'heading');
  await page.open('/account');
  await page.reads('Asha Nair · mother');
  await page.close();
  assert.deepEqual(page.complaints.unexpected, []);
});

test('an invite is accepted once; staff set up a second step, and sign in with it or with a recovery code', async (t) => {
  const admin = await Person.signIn(await tab(), 'a001');
  await policy(admin, { second_factor: 'staff' });
  t.after(async () => {
    await policy(admin, { second_factor: 'nobody' }); // the others of this house sign in without
    await admin.goesHome();
  });
  const path = await invited(admin, 'leela@example.org', 'Leela Menon', 'pharmacist');
  const page = await tab();
  await page.open(path);
  await page.fill('User name', 'leela');
  await page.fill('Password', 'green hills far away');
  await page.press('Accept the invite');
  const { secret, codes } = await enrols(page);
  await page.awaits('Pharmacy', 'heading');

  await signOut(page);
  await password(page, 'leela', 'green hills far away');
  await page.awaits('One more step', 'heading');
  refused(page, 401);
  await page.fill('Code from your app', totp(secret, -3_600));
  await page.press('Sign in');
  await page.reads('This is not the right code');
  await page.fill('Code from your app', totp(secret, -150));
  await page.press('Sign in');
  await page.reads('The clock of your phone is about');
  await page.fill('Code from your app', totp(secret, 30));
  await page.press('Sign in');
  await page.awaits('Pharmacy', 'heading');

  await signOut(page);
  await password(page, 'leela', 'green hills far away');
  await page.press('My phone is not here: use a recovery code');
  await page.fill('Recovery code', (codes[0] ?? '').toUpperCase().replaceAll('-', ' '));
  await page.press('Sign in');
  await page.awaits('Pharmacy', 'heading');

  const late = await tab();
  refused(late, 404);
  await late.open(path);
  await late.reads('This invite is wrong, used, taken back or too old');
  for (const one of [page, late]) {
    await one.close();
    assert.deepEqual(one.complaints.unexpected, []);
  }
});

test('a forgotten password is set anew with a code; the page says before what that costs, and the keys ask for a way back', async () => {
  const page = await tab({ width: 360 });
  await provesPhone(page, '98765 00003', '+919876500003');
  await answers(page, { name: 'Meena Rao', year: '1970', login: 'meena', password: 'the first password' });
  await page.press('Make my account');
  await page.awaits('Your visits', 'heading');
  await signOut(page);

  await page.press('I forgot my password', 'link');
  await page.reads('opens only with your recovery code on paper');
  await page.fill('User name', 'meena');
  const before = await code('+919876500003');
  await page.press('Send me a code');
  await page.awaits('Choose a new password', 'heading');
  await page.fill('Code from the message', await fresherCode('+919876500003', before));
  await page.fill('New password', 'the second password');
  await page.press('Set the new password');
  await page.awaits('Your password is set', 'heading');
  await page.press('Sign in', 'link');
  await page.fill('User name', 'meena');
  await page.fill('Password', 'the second password');
  await page.press('Sign in');
  await page.awaits('Your visits', 'heading');
  await page.reads('Your password is right, but it does not open your keys');
  await page.close();
  assert.deepEqual(page.complaints.unexpected, []);
});

test('a reset for a user name that nobody has looks the same', async () => {
  const page = await tab();
  await page.open('/reset');
  await page.fill('User name', 'nobody.at.all');
  await page.press('Send me a code');
  await page.reads('If there is an account “nobody.at.all”');
  await page.close();
  assert.deepEqual(page.complaints.unexpected, []);
});

test('a device is signed out from another one, and forgets what it stored', async () => {
  const here = await Person.signIn(await tab(), 'p002');
  const lost = await Person.signIn(await tab(), 'p002');
  lost.tab.complaints.expect(/status of 401|WebSocket/);
  const page = here.tab as ChromiumTab;
  await page.open('/account');
  await page.page.getByRole('button', { name: /^Sign out .+/ }).first().click();
  await page.reads('is signed out.');
  await lost.tab.awaits('Sign in', 'heading');
  await page.press('Sign out everywhere');
  await page.press('Yes, sign out everywhere');
  await page.awaits('Sign in', 'heading');
  const left = await page.run(async () => {
    const open = indexedDB.open('vaidya-keys');
    await new Promise((done) => (open.onsuccess = done));
    const all = open.result.transaction(['identities', 'seen']);
    const counts = ['identities', 'seen'].map((name) => new Promise<number>((found) => {
      const request = all.objectStore(name).count();
      request.onsuccess = () => found(request.result);
    }));
    const stored = [...Object.keys(localStorage), ...Object.keys(sessionStorage)].filter((key) => key.startsWith('vaidya.') && key !== 'vaidya.language');
    return { keys: await Promise.all(counts), stored };
  }, undefined);
  assert.deepEqual(left, { keys: [0, 0], stored: [] });
  for (const person of [here, lost]) await person.goesHome();
});

test('an unused page locks over what was typed, in every tab, and opens with the password as it was', async () => {
  const person = await Person.signIn(await tab(), 'p002');
  const page = person.tab as ChromiumTab;
  const beside = await tab({ beside: page });
  await beside.open('/');
  await beside.awaits('Sign out');
  await page.open('/account');
  await page.press('Change: Name');
  const dialog = page.page.getByRole('dialog').getByLabel('Name', { exact: true });
  await dialog.fill('Half a na');
  await minutesGoBy(page, 29);
  assert.equal(await page.offers('Open'), false);
  await minutesGoBy(page, 31);
  await page.awaits('Locked', 'heading');
  await beside.awaits('Locked', 'heading');
  assert.equal(await page.page.getByText('About you').isVisible(), false);
  for (const one of [page, beside]) refused(one, 401);
  await page.page.keyboard.press('Escape');
  await page.page.keyboard.press('Escape');
  await page.awaits('Locked', 'heading');
  const answer = await page.run(async () => (await fetch('/api/v1/visits')).status, undefined);
  assert.equal(answer, 401);

  const typed = page.page.getByRole('dialog', { name: 'Locked' }).getByLabel('Password', { exact: true });
  await typed.fill('not this one');
  await page.press('Open');
  await page.reads('This is not the password');
  await typed.fill(DEMO.p002);
  await page.press('Open');
  await dialog.waitFor();
  assert.equal(await dialog.inputValue(), 'Half a na');
  await beside.awaits('Sign out');
  await page.open('/keys');
  await page.reads('in use here');
  await beside.close();
  await person.goesHome();
  assert.deepEqual(beside.complaints.unexpected, []);
});

test('a locked page stays locked when it is loaded again', async () => {
  const person = await Person.signIn(await tab({ width: 360 }), 'r001');
  const page = person.tab as ChromiumTab;
  refused(page, 401);
  await page.open('/account');
  await page.press('Lock now');
  await page.awaits('Locked', 'heading');
  await page.reload();
  await page.awaits('Locked', 'heading');
  assert.equal(await page.offers('Start a visit'), false);
  await page.fill('Password', DEMO.r001);
  await page.press('Open');
  await page.awaits('Account and security', 'heading');
  await person.goesHome();
});

test('a call is never locked, however long nobody touches the page', async () => {
  const { doctor, patient } = await meet(await tab(), await tab());
  for (const person of [doctor, patient]) await minutesGoBy(person.tab as ChromiumTab, 240);
  for (const person of [doctor, patient]) await person.hearsAndSees();
  for (const person of [doctor, patient]) {
    assert.equal(await person.tab.offers('Open'), false);
    await person.goesHome();
  }
});

test('what is grave asks for the password once more, and goes on where it was', async () => {
  const person = await Person.signIn(await tab(), 'p001');
  const page = person.tab as ChromiumTab;
  refused(page, 401, 403);
  await page.page.route('**/api/v1/me/totp', (route) => route.fulfill({ status: 403, json: { code: 'step_up' } }), { times: 1 });
  await page.open('/account');
  await page.press('Turn it on');
  await page.press('I have an app: start');
  await page.awaits('Is it you?', 'heading');
  const typed = page.page.getByRole('dialog', { name: 'Is it you?' }).getByLabel('Password', { exact: true });
  await typed.fill('not this one');
  await page.page.getByRole('dialog', { name: 'Is it you?' }).getByRole('button', { name: 'Continue' }).click();
  await page.reads('This is not the password');
  await typed.fill(DEMO.p001);
  await page.page.getByRole('dialog', { name: 'Is it you?' }).getByRole('button', { name: 'Continue' }).click();
  await page.page.locator('svg.qr path').waitFor();
  await person.goesHome();
});
