/** What people do at the door: read a code that was sent, make an account, set up a second step, sign in and out. */
import assert from 'node:assert/strict';

import { totp } from './authenticator.ts';
import type { ChromiumTab } from './chromium.ts';
import type { Person } from './person.ts';
import type { Stage } from './stage.ts';
import { PATIENCE } from './tab.ts';
import { until } from './until.ts';

/** What the page must not hide: refusals that a test provokes. */
export function refused(page: ChromiumTab, ...statuses: number[]): void {
  page.complaints.expect(new RegExp(`status of (${statuses.join('|')})`));
}

/** Asks the server for something in a page's name; the status of its answer. */
export async function asks(person: Person, method: string, path: string, body: object): Promise<number> {
  return person.tab.run(async (wanted) => {
    const answer = await fetch(`/api/v1${wanted.path}`, {
      method: wanted.method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(wanted.body),
    });
    return answer.status;
  }, { method, path, body });
}

/** Changes the clinic's policy, as its administrator. */
export async function policy(admin: Person, change: Record<string, unknown>): Promise<void> {
  const { policy: now } = await admin.tab.run(async () => (await fetch('/api/v1/organisation')).json() as Promise<{ policy: object }>, undefined);
  assert.equal(await asks(admin, 'PATCH', '/organisation', { policy: { ...now, ...change } }), 200);
}

/** Signs out, and waits until the device has forgotten who was there. */
export async function signOut(page: ChromiumTab): Promise<void> {
  await page.press('Sign out');
  await page.awaits('Sign in', 'heading');
}

/** Signs in by hand, up to what comes after the password. */
export async function password(page: ChromiumTab, login: string, secret: string): Promise<void> {
  await page.open('/login');
  await page.fill('User name', login);
  await page.fill('Password', secret);
  await page.press('Sign in');
}

/** The first question, which is only asked where there is more than one clinic. */
export async function choosesClinic(page: ChromiumTab): Promise<void> {
  await page.press('City Clinic', 'radio');
  await page.press('Continue');
}

export interface Newcomer {
  name: string;
  year: string;
  login: string;
  password: string;
}

/** Answers the questions of registration that come after the code. */
export async function answers(page: ChromiumTab, who: Newcomer): Promise<void> {
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

/** Sets up the second step with an app, from where it is explained; gives the app's secret and the recovery codes. */
export async function enrols(page: ChromiumTab): Promise<{ secret: string; codes: string[] }> {
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
  return { secret, codes };
}

export interface Post {
  /** The first part that fits of the newest message to somebody. */
  message(to: string, holds: RegExp): Promise<string>;
  code(to: string): Promise<string>;
  /** The code that comes after another one. */
  fresherCode(to: string, before: string): Promise<string>;
  /** The administrator invites somebody; gives the path of the link that was sent. */
  invited(admin: Person, contact: string, name: string, role: string): Promise<string>;
  /** From the first question of registration to the one after the code. */
  provesPhone(page: ChromiumTab, typed: string, contact: string): Promise<void>;
}

/** Messages to phones and mailboxes, read on the page where development shows them. */
export function post(tab: Stage['tab']): Post {
  const message = async (to: string, holds: RegExp): Promise<string> => {
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
  };
  const code = (to: string): Promise<string> => message(to, /\b(\d{6})\b/);
  return {
    message,
    code,
    fresherCode: async (to, before) => {
      let fresh = before;
      await until('a newer code is there', PATIENCE, async () => (fresh = await code(to)) !== before);
      return fresh;
    },
    invited: async (admin, contact, name, role) => {
      assert.equal(await asks(admin, 'POST', '/invites', { contact, name, role }), 201);
      return new URL(await message(contact, /(https?:\S+\/invite\/\S+)/)).pathname;
    },
    provesPhone: async (page, typed, contact) => {
      await page.open('/login');
      await page.press('Make an account', 'link');
      await choosesClinic(page);
      await page.fill('Phone or e-mail', typed);
      await page.press('Send me a code');
      await page.fill('Code from the message', await code(contact));
      await page.press('Continue');
    },
  };
}
