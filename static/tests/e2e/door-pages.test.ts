/** The pages of accounts, light and dark, on a phone and on a desk: axe finds nothing to mend, nothing runs over the edge. */
import assert from 'node:assert/strict';

import type { ChromiumTab } from './chromium.ts';
import { look } from './inspect.ts';
import { Person } from './person.ts';
import { stage } from './stage.ts';

const { tab } = stage('one');

look('making an account, setting a new password, sent messages', async (inspect) => {
  const page = await tab();
  await page.open('/register');
  await page.awaits('Which clinic are you with?', 'heading');
  await inspect(page, 'register clinic');
  await page.press('City Clinic', 'radio');
  await page.press('Continue');
  await page.fill('Phone or e-mail', '12');
  await page.press('Send me a code');
  await page.page.getByRole('alert').waitFor();
  await inspect(page, 'register contact wrong');
  await page.fill('Phone or e-mail', '98765 00009');
  await page.press('Send me a code');
  await page.awaits('Which code did you get?', 'heading');
  await inspect(page, 'register code');
  await page.open('/reset');
  await page.awaits('Set a new password', 'heading');
  await inspect(page, 'reset');
  await page.fill('User name', 'nobody');
  await page.press('Send me a code');
  await page.awaits('Choose a new password', 'heading');
  await inspect(page, 'reset new');
  await page.open('/messages');
  await page.reads('To +919876500009');
  await inspect(page, 'messages');
  await page.close();
  assert.deepEqual(page.complaints.unexpected, []);
});

look('account and security, its dialogs, the second step, the lock', async (inspect) => {
  const person = await Person.signIn(await tab(), 'p002');
  const page = person.tab as ChromiumTab;
  page.complaints.expect(/status of (401|404)/);
  await page.open('/account');
  await page.reads('This device');
  await inspect(page, 'account');
  await page.press('Change: Sex');
  await inspect(page, 'account sex');
  await page.press('Close');
  await page.press('Look under my phone number');
  await inspect(page, 'account claim');
  await page.press('Close');
  await page.press('Turn it on');
  await page.press('I have an app: start');
  await page.page.locator('svg.qr path').waitFor();
  await inspect(page, 'account enrol');
  await page.press('Close');
  await page.press('Sign out everywhere');
  await inspect(page, 'account everywhere');
  await page.press('Close');
  await page.press('Lock now');
  await page.awaits('Locked', 'heading');
  await inspect(page, 'locked');
  await page.open('/invite/wrong');
  await page.awaits('Locked', 'heading');
  await person.goesHome();
});
