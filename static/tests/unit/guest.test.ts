/** What a link's page knows: other clocks, other browsers, and how links and tokens stand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { advice, betterBrowser, isInApp } from '../../src/in-app.ts';
import { standingOf as linkStanding } from '../../src/links.ts';
import { plainPhone } from '../../src/pages/links/send.tsx';
import { standingOf as tokenStanding } from '../../src/tokens.ts';
import { clinicTime, left } from '../../src/zone.ts';

const AT = Date.UTC(2026, 4, 3, 9);

test('the clinic’s time is said only where it differs', () => {
  assert.equal(clinicTime(AT, 'Asia/Kolkata', 'Asia/Colombo'), null);
  assert.equal(clinicTime(AT, 'Asia/Kolkata', 'Europe/London'), '14:30');
  assert.match(clinicTime(Date.UTC(2026, 4, 3, 22), 'Asia/Kolkata', 'Europe/London') ?? '', /Mon.*03:30/);
  assert.equal(clinicTime(AT, 'Nowhere/Land', 'Europe/London'), null);
});

test('two zones that agree in summer may differ in winter', () => {
  assert.equal(clinicTime(Date.UTC(2026, 6, 1), 'Africa/Lagos', 'Europe/London'), null);
  assert.notEqual(clinicTime(Date.UTC(2026, 11, 1), 'Africa/Lagos', 'Europe/London'), null);
});

test('a countdown never goes below zero', () => {
  assert.deepEqual(left(-5), { days: 0, hours: 0, minutes: 0, seconds: 0 });
  assert.deepEqual(left(90_061_000), { days: 1, hours: 1, minutes: 1, seconds: 1 });
  assert.deepEqual(left(1), { days: 0, hours: 0, minutes: 0, seconds: 1 });
});

const SAFARI = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1';
const IOS_APP = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148';
const CHROME = 'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36';
const WEBVIEW = 'Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/124.0.0.0 Mobile Safari/537.36';
const FACEBOOK = `${IOS_APP} [FBAN/FBIOS;FBAV/460.0]`;

test('browsers inside apps are known from real ones', () => {
  for (const agent of [IOS_APP, WEBVIEW, FACEBOOK, `${CHROME} Instagram 300.0`]) assert.ok(isInApp(agent), agent);
  for (const agent of [SAFARI, CHROME]) assert.ok(!isInApp(agent), agent);
});

test('without a camera there is no going on; inside an app there is, with a word', () => {
  assert.equal(advice(CHROME, true), null);
  assert.equal(advice(WEBVIEW, true), 'better');
  assert.equal(advice(WEBVIEW, false), 'elsewhere');
  assert.equal(advice(SAFARI, false), 'elsewhere');
  assert.equal(betterBrowser(FACEBOOK), 'safari');
  assert.equal(betterBrowser(WEBVIEW), 'chrome');
});

test('a link is taken back before it is too old, and too old before it is used', () => {
  const link = { id: 'l', for: null, phone: null, made_at: 0, expires: 10, used: false, revoked: false };
  assert.equal(linkStanding(link, 5), 'unused');
  assert.equal(linkStanding({ ...link, used: true }, 5), 'used');
  assert.equal(linkStanding({ ...link, used: true }, 10), 'expired');
  assert.equal(linkStanding({ ...link, revoked: true }, 20), 'revoked');
});

test('a token works until it is taken back or too old', () => {
  const token = { id: 't', name: 'T', scopes: [], made_at: 0, expires_at: 10, last_used_at: null, revoked: false };
  assert.equal(tokenStanding(token, 5), 'live');
  assert.equal(tokenStanding(token, 10), 'expired');
  assert.equal(tokenStanding({ ...token, revoked: true }, 5), 'revoked');
});

test('a phone number is sent without what people write into it to read it', () => {
  assert.equal(plainPhone('+91 98765-432 10'), '+919876543210');
  assert.equal(plainPhone('(0161) 234.5678'), '01612345678');
});
