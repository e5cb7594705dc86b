/** How a doctor's registration stands, what comes next, and which files can be papers. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { type Credential, type CredentialState, daysLeft, isActive, MAX_DOCUMENT, MAX_DOCUMENTS, steps, unfit } from '../../src/credentials.ts';
import { registrationOf } from '../../src/doctor.ts';
import { speak } from '../../src/i18n.ts';
import { standingOf } from '../../src/registration.ts';

speak('en', readFileSync(join(import.meta.dirname, '..', '..', 'src', 'i18n', 'en.ftl'), 'utf8'));

const NOW = Date.UTC(2026, 4, 3, 9);
const DAY = 86_400_000;

function credential(state: CredentialState, more: Partial<Credential> = {}): Credential {
  return {
    id: 'c', person: 'p', name: 'Dr. Rao', qualification: 'MD', council: 'PMC', number: '123', specialty: '', valid_until: NOW + 400 * DAY, state,
    checked_by: null, matched_by: null, activated_by: null, verified_on: null, suspended_why: null,
    documents: [{ id: 'd', name: 'a.pdf', kind: 'application/pdf', size: 1 }], history: [], ...more,
  };
}

test('a registration goes from papers to register to force, and can be refused until then', () => {
  assert.deepEqual(steps('submitted'), ['check', 'refuse']);
  assert.deepEqual(steps('checked'), ['match', 'refuse']);
  assert.deepEqual(steps('matched'), ['activate', 'refuse']);
  assert.deepEqual(steps('active'), ['suspend']);
  assert.deepEqual(steps('suspended'), ['reinstate']);
  assert.deepEqual(steps('refused'), []);
});

test('only what is in force lets a doctor hold visits', () => {
  const all: CredentialState[] = ['submitted', 'checked', 'matched', 'active', 'expiring', 'expired', 'suspended', 'refused'];
  assert.deepEqual(all.filter(isActive), ['active', 'expiring']);
});

test('a paper is a PDF or a picture, not empty, not too large, and one of five', () => {
  assert.equal(unfit({ type: 'application/pdf', size: 10 }, 0), null);
  assert.equal(unfit({ type: 'image/png', size: MAX_DOCUMENT }, MAX_DOCUMENTS - 1), null);
  assert.equal(unfit({ type: 'image/svg+xml', size: 10 }, 0), 'type');
  assert.equal(unfit({ type: 'image/jpeg', size: 0 }, 0), 'empty');
  assert.equal(unfit({ type: 'image/jpeg', size: MAX_DOCUMENT + 1 }, 0), 'large');
  assert.equal(unfit({ type: 'image/jpeg', size: 10 }, MAX_DOCUMENTS), 'count');
});

test('a doctor without a registration is told so, and one whose registration is in force is left alone', () => {
  assert.match(standingOf(null, NOW)?.text ?? '', /not given your registration/);
  assert.equal(standingOf(credential('active'), NOW), null);
});

test('a registration that was sent in without papers asks for them', () => {
  assert.match(standingOf(credential('submitted', { documents: [] }), NOW)?.text ?? '', /Add a photo or scan/);
  assert.match(standingOf(credential('submitted'), NOW)?.text ?? '', /checks the papers next/);
});

test('sixty days before its end a registration says how long it still lasts', () => {
  assert.equal(standingOf(credential('active', { valid_until: NOW + 61.5 * DAY }), NOW), null);
  assert.match(standingOf(credential('expiring', { valid_until: NOW + 60.5 * DAY }), NOW)?.text ?? '', /ends in 60 days/);
  assert.match(standingOf(credential('expiring', { valid_until: NOW + DAY / 2 }), NOW)?.text ?? '', /ends today/);
  assert.equal(daysLeft(credential('expired', { valid_until: NOW - DAY }), NOW), 0);
});

test('a suspension and a refusal say why', () => {
  assert.match(standingOf(credential('suspended', { suspended_why: 'Name differs.' }), NOW)?.text ?? '', /Reason: Name differs\./);
  const history = [{ at: 1, by: 'A', to: 'refused' as const, why: 'Unreadable.' }];
  assert.match(standingOf(credential('refused', { history }), NOW)?.text ?? '', /Reason: Unreadable\./);
});

test('patients see qualification, number, council and the day it was verified, or nothing', () => {
  const none = { name: 'Dr. Rao', department: null, qualification: null, registration: null, council: null, verified_on: null };
  assert.equal(registrationOf(none), null);
  const known = { ...none, qualification: 'MD', registration: '123', council: 'Punjab Medical Council', verified_on: NOW };
  assert.equal(registrationOf(known), 'MD · Reg. no. 123, Punjab Medical Council · verified on May 3, 2026');
});
