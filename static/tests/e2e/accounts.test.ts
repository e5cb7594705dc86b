/** The door as people use it: an account of one's own, an invite, a second step, a forgotten password, devices, and the lock. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import type { Browser } from 'playwright-core';

import { totp } from './authenticator.ts';
import { ChromiumTab, launchChromium } from './chromium.ts';
import { House } from './house.ts';
import { DEMO, Person } from './person.ts';
import { meet } from './story.ts';
import { PATIENCE } from './tab.ts';
import { until } from './until.ts';

let browser: Browser;
let house: House;
before(async () => {
  browser = await launchChromium();
  house = await House.open();
});
after(async () => {
  await browser.close();
  await house.close();
});

const tab = (setting = {}) => ChromiumTab.open(browser, house.url, setting);

/** What the page must not hide: refusals that a test provokes. */
function refused(page: ChromiumTab, ...statuses: number[]): void {
  page.complaints.expect(new RegExp(`status of (${statuses.join('|')})`));
}

/** The newest message to somebody, read on the page where development shows them. */
async function message(to: string, holds: RegExp): Promise<string> {
  const page = await tab();
  await page.open('/messages');
  let found = '';
  await until(`a message to ${to} is there`, PATIENCE, async () => {
    const bubbles = await page.page.locator('.bubble', { hasText: to }).allInnerTexts();
    found = bubbles.map((text) => holds.exec(text)?.[1] ?? '').find((one) => one !== '') ?? '';
    if (found === '') await page.press('Look again');
    return found !== '';
  });
  await page.close();
  return found;
}

const code = (to: string) => message(to, /\b(\d{6})\b/);

/** Changes the clinic's policy, as its administrator. */
async function policy(admin: Person, change: Record<string, unknown>): Promise<void> {
  const status = await admin.tab.run(async (wanted) => {
    const now = await (await fetch('/api/v1/organisation')).json() as { policy: object };
    const answer = await fetch('/api/v1/organisation', {
      method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ policy: { ...now.policy, ...wanted } }),
    });
    return answer.status;
  }, change);
  assert.equal(status, 200);
}

/** The administrator invites somebody; gives the path of the link that was sent. */
async function invited(admin: Person, contact: string, name: string, role: string): Promise<string> {
  const status = await admin.tab.run(async (wanted) => (await fetch('/api/v1/invites', {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(wanted),
  })).status, { contact, name, role });
  assert.equal(status, 201);
  return new URL(await message(contact, /(https?:\S+\/invite\/\S+)/)).pathname;
}

/** The page looks at the clock as if so many minutes had gone by untouched. */
async function minutesGoBy(page: ChromiumTab, minutes: number): Promise<void> {
  await page.run((ms) => {
    const real = Date.now;
    Date.now = () => real() + ms;
    document.dispatchEvent(new Event('visibilitychange'));
    Date.now = real;
  }, minutes * 60_000);
}

/** Signs out, and waits until the device has forgotten who was there. */
async function signOut(page: ChromiumTab): Promise<void> {
  await page.press('Sign out');
  await page.awaits('Sign in', 'heading');
}

/** Signs in by hand, up to what comes after the password. */
async function password(page: ChromiumTab, login: string, secret: string): Promise<void> {
  await page.open('/login');
  await page.fill('User name', login);
  await page.fill('Password', secret);
  await page.press('Sign in');
}

/** Answers the questions of registration that come after the code. */
async function answers(page: ChromiumTab, who: { name: string; year: string; login: string; password: string }): Promise<void> {
  await page.fill('Name', who.name);
  await page.press('Continue');
  await page.fill('Year of birth', who.year);
  await page.press('Continue');
  await page.awaits('What is your sex?', 'heading');
  await page.press('Female', 'radio');
  await page.press('Continue');
  await page.awaits('Which language should we write to you in?', 'heading');
  await page.press('English', 'radio');
  await page.press('Continue');
  await page.fill('User name', who.login);
  await page.press('Continue');
  await page.fill('Password', who.password);
  await page.press('Continue');
  await page.awaits('Is everything right?', 'heading');
}

/** The first question, which is only asked where there is more than one clinic. */
async function choosesClinic(page: ChromiumTab): Promise<void> {
  await page.press('City Clinic', 'radio');
  await page.press('Continue');
}

/** From the first question to the one after the code. */
async function provesPhone(page: ChromiumTab, typed: string, contact: string): Promise<void> {
  await page.open('/login');
  await page.press('Make an account', 'link');
  await choosesClinic(page);
  await page.fill('Phone or e-mail', typed);
  await page.press('Send me a code');
  await page.fill('Code from the message', await code(contact));
  await page.press('Continue');
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
  await page.press('I have an app: start');
  await page.page.locator('svg.qr path').waitFor();
  await page.page.getByText('I cannot scan it').click();
  const secret = (await page.page.locator('code.secret').innerText()).replaceAll(' ', '');
  await page.fill('Code from your app', totp(secret));
  await page.press('Turn on the second step');
  await page.reads('Recovery codes for signing in');
  const codes = await page.page.locator('.codes code').allInnerTexts();
  assert.equal(codes.length, 10);
  assert.equal(await page.page.getByRole('button', { name: 'Continue' }).isDisabled(), true);
  await page.press('I have kept them', 'checkbox');
  await page.press('Continue');
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
  let fresh = before;
  await until('the code for the reset is there', PATIENCE, async () => (fresh = await code('+919876500003')) !== before);
  await page.fill('Code from the message', fresh);
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
