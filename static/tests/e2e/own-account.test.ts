/** What people do with an account they have: visits from before, another phone or mailbox, the second step off again, and a forgotten password behind it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { totp } from './authenticator.ts';
import type { ChromiumTab } from './chromium.ts';
import { answers, enrols, password, policy, post, refused, signOut } from './door.ts';
import { desksPhoneVisit, pageOf } from './office.ts';
import { Person } from './person.ts';
import { stage } from './stage.ts';

const { tab } = stage('one');
const { code, fresherCode, message, provesPhone } = post(tab);

/** The desk makes a visit for somebody who has only a phone; gives the link that was sent. */
async function phoneVisit(name: string, phone: string): Promise<string> {
  const desk = await Person.signIn(await tab(), 'r001');
  const page = pageOf(desk);
  await desksPhoneVisit(page, { name, phone });
  await page.press('Send the link');
  await page.awaits('Send again');
  await desk.goesHome();
  return message(phone, /(https?:\S+\/g\/\S+)/);
}

/** Somebody new, from the first question to their visits, with nothing from before. */
async function register(phone: string, contact: string, name: string, login: string): Promise<ChromiumTab> {
  const page = await tab({ width: 360 });
  await provesPhone(page, phone, contact);
  await answers(page, { name, year: '1954', login, password: 'a walk in the rain' });
  await page.press('Make my account');
  await page.awaits('Your visits', 'heading');
  return page;
}

/** Ends with nothing to complain of. */
async function closes(page: ChromiumTab): Promise<void> {
  await page.close();
  assert.deepEqual(page.complaints.unexpected, []);
}

/** Presses a button of the dialog that is open. */
async function inDialog(page: ChromiumTab, name: string): Promise<void> {
  await page.page.getByRole('dialog').getByRole('button', { name, exact: true }).click();
}

test('who was a patient by phone finds the visit in the new account, when registration asks', async () => {
  await phoneVisit('Harjit Gill', '+919876500021');
  const page = await tab({ width: 360 });
  await provesPhone(page, '98765 00021', '+919876500021');
  await page.awaits('Is this you?', 'heading');
  await page.page.getByRole('radio', { name: /^Harjit Gill/ }).check();
  await page.press('Continue');
  assert.equal(await page.holds('Name'), 'Harjit Gill', 'nothing is asked twice');
  await answers(page, { name: 'Harjit Gill', year: '1954', login: 'harjit', password: 'a walk in the rain' });
  await page.press('Make my account');
  await page.awaits('Your visits', 'heading');
  await page.page.getByRole('button', { name: /^Join the visit with / }).waitFor();
  await closes(page);
});

test('a visit from before is added by its link, once', async () => {
  const link = await phoneVisit('Kamla Devi', '+919876500022');
  const page = await register('98765 00023', '+919876500023', 'Kamla Devi', 'kamla');
  assert.equal(await page.page.getByRole('button', { name: /^Join the visit with / }).count(), 0);
  refused(page, 404);
  await page.open('/account');
  await page.press('Add a visit by its link');
  await page.fill('Link of the visit', 'AAAA-AAAA-AAAA');
  await page.press('Add it to my visits');
  await page.page.getByRole('dialog').getByRole('alert').waitFor();
  await page.fill('Link of the visit', link);
  await page.press('Add it to my visits');
  await page.reads('Your earlier visits are among your visits now.');
  await page.open('/');
  await page.page.getByRole('button', { name: /^Join the visit with / }).waitFor();
  await closes(page);
});

test('with another phone, proved by a code, its visits are found; the old phone is told, and a mailbox does as well', async () => {
  await phoneVisit('Balbir Kaur', '+919876500024');
  const page = await register('98765 00025', '+919876500025', 'Balbir Kaur', 'balbir');
  refused(page, 401);
  await page.open('/account');
  await page.press('Change: Phone or e-mail');
  await page.fill('New phone number or e-mail', '98765');
  await page.press('Send me a code');
  await page.reads('This is neither a phone number nor an e-mail address.');
  await page.fill('New phone number or e-mail', '98765 00024');
  await page.press('Send me a code');
  await page.reads('We sent a code to');
  const right = await code('+919876500024');
  await page.fill('Code from the message', right === '000000' ? '111111' : '000000');
  await inDialog(page, 'Save');
  await page.reads('This is not the right code');
  await page.fill('Code from the message', right);
  await inDialog(page, 'Save');
  await page.reads('Your phone number or e-mail is changed.');
  await page.reads('24');
  await message('+919876500025', /(your phone number or e-mail was changed)/);

  await page.press('Look under my phone number');
  await page.press('Send me a code');
  await page.fill('Code from the message', await fresherCode('+919876500024', right));
  await inDialog(page, 'Continue');
  await page.page.getByRole('radio', { name: /^Balbir Kaur/ }).check();
  await page.press('Add it to my visits');
  await page.reads('Your earlier visits are among your visits now.');

  await page.press('Change: Phone or e-mail');
  await page.fill('New phone number or e-mail', 'balbir@example.org');
  await page.press('Send me a code');
  await page.fill('Code from the message', await code('balbir@example.org'));
  await inDialog(page, 'Save');
  await page.page.getByText(/0024 · .*@example\.org/).waitFor();
  await page.open('/');
  await page.page.getByRole('button', { name: /^Join the visit with / }).waitFor();
  await closes(page);
});

test('a patient turns the second step on and off again; then the password alone opens the door', async () => {
  const page = await register('98765 00026', '+919876500026', 'Nirmala Rao', 'nirmala');
  await page.open('/account');
  await page.press('Turn it on');
  await enrols(page);
  await page.reads('The second step is on.');
  await page.press('Turn it off');
  await inDialog(page, 'Keep it on');
  await page.press('Turn it off');
  await page.reads('Then your password alone opens your account.');
  await inDialog(page, 'Turn it off');
  await page.reads('The second step is off.');
  await page.awaits('Turn it on');
  await signOut(page);
  await password(page, 'nirmala', 'a walk in the rain');
  await page.awaits('Your visits', 'heading');
  await closes(page);
});

test('staff keep the second step while the clinic asks for it, and are told why', async (t) => {
  const admin = await Person.signIn(await tab(), 'a001');
  t.after(async () => {
    await policy(admin, { second_factor: 'nobody' }); // the others of this house sign in without
    await admin.goesHome();
  });
  const desk = await Person.signIn(await tab(), 'r001');
  const page = pageOf(desk);
  await page.open('/account');
  await page.press('Turn it on');
  await enrols(page);
  await page.reads('The second step is on.');
  await policy(admin, { second_factor: 'staff' });
  refused(page, 409);
  await page.press('Turn it off');
  await inDialog(page, 'Turn it off');
  await page.reads('Your clinic asks its staff for a second step, so it stays on.');
  await inDialog(page, 'Keep it on');
  await page.awaits('New recovery codes');
  await policy(admin, { second_factor: 'nobody' });
  await page.press('Turn it off');
  await inDialog(page, 'Turn it off');
  await page.reads('The second step is off.');
  await desk.goesHome();
});

test('a forgotten password needs the second step as well, and a code of the app or a recovery code will do', async () => {
  const page = await register('98765 00027', '+919876500027', 'Savitri Iyer', 'savitri');
  await page.open('/account');
  await page.press('Turn it on');
  const { secret, codes } = await enrols(page);
  await signOut(page);

  await page.press('I forgot my password', 'link');
  await page.fill('User name', 'savitri');
  const before = await code('+919876500027');
  await page.press('Send me a code');
  await page.awaits('Choose a new password', 'heading');
  await page.fill('Code from the message', await fresherCode('+919876500027', before));
  await page.fill('New password', 'a walk in the sun');
  refused(page, 401);
  await page.press('Set the new password');
  await page.reads('This account has a second step.');
  assert.equal(await page.holds('New password'), 'a walk in the sun', 'nothing is typed twice');
  await page.fill('Second step at sign-in', totp(secret, -3_600));
  await page.press('Set the new password');
  await page.reads('This is not the right code');
  await page.fill('Second step at sign-in', totp(secret, 30));
  await page.press('Set the new password');
  await page.awaits('Your password is set', 'heading');

  await password(page, 'savitri', 'a walk in the sun');
  await page.awaits('One more step', 'heading');
  await page.press('My phone is not here: use a recovery code');
  await page.fill('Recovery code', codes[0] ?? '');
  await page.press('Sign in');
  await page.awaits('Your visits', 'heading');
  await closes(page);
});
