/** Registration asks each person what it must and nothing else, forgets nothing they said, and sends only what is whole. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { after, type Answers, before, NO_ANSWERS, registration, remembered, type Step, STEPS, withChecked, withClaim, withSent } from '../../src/door/registering.ts';
import type { Checked, Sent } from '../../src/door/server.ts';

const YEAR = 2026;
const SENT: Sent = { id: 'code-1', expires: 600_000, resend_after: 30_000 };
const NOBODY: Checked = { logins_taken: 0, suggest: 'meera.nair', waiting: [] };
const FAMILY: Checked = { logins_taken: 2, suggest: 'asha.nair', waiting: [{ person: 'p1', name: 'Asha Nair', visits: 3 }] };

function given(changes: Partial<Answers> = {}): Answers {
  return withChecked(withSent({ ...NO_ANSWERS, name: 'Meera Nair', year: '1984', sex: 'female', language: 'hi', ...changes }, '+919876543210', SENT), '123456', NOBODY);
}

function way(answers: Answers): Step[] {
  const steps: Step[] = ['where'];
  while (steps.at(-1) !== 'check') steps.push(after(steps.at(-1) ?? 'check', answers, YEAR));
  return steps;
}

test('a grown-up alone on a phone is asked nothing about family or guardians', () => {
  assert.deepEqual(way(given()), ['where', 'contact', 'code', 'name', 'birth', 'sex', 'language', 'login', 'password', 'check']);
});

test('a shared phone asks for whom, and a waiting person whether it is them', () => {
  const steps = way({ ...given(), checked: FAMILY });
  assert.deepEqual(steps.slice(3, 5), ['family', 'waiting']);
});

test('a minor names a guardian', () => {
  const minor = given({ year: '2015', guardian: { name: ' Asha Nair ', relation: 'mother' } });
  assert.ok(way(minor).includes('guardian'));
  assert.deepEqual(registration(minor, YEAR)?.guardian, { name: 'Asha Nair', relation: 'mother' });
});

test('a guardian named before the year was mended is not sent for a grown-up', () => {
  assert.equal(registration(given({ guardian: { name: 'Asha', relation: 'mother' } }), YEAR)?.guardian, undefined);
});

test('going back passes over the code that was right, and over what was not asked', () => {
  assert.equal(before('name', given(), YEAR), 'contact');
  assert.equal(before('sex', given(), YEAR), 'birth');
  assert.equal(before('where', given(), YEAR), null);
  assert.equal(before('code', { ...given(), checked: null }, YEAR), 'contact');
});

test('every way forward ends, whatever was answered', () => {
  for (const step of STEPS) assert.ok(STEPS.includes(after(step, given(), YEAR)));
});

test('who they are among those who wait goes along, with the name the clinic knows', () => {
  const claimed = withClaim({ ...given({ name: '' }), checked: FAMILY }, 'p1');
  assert.equal(claimed.name, 'Asha Nair');
  assert.equal(registration(claimed, YEAR)?.claim, 'p1');
  assert.equal('claim' in (registration(withClaim(claimed, null), YEAR) ?? {}), false);
});

test('the suggested user name stands only where none was typed', () => {
  assert.equal(given().login, 'meera.nair');
  assert.equal(given({ login: 'mine' }).login, 'mine');
});

test('another phone forgets the code and the claim of the one before', () => {
  const moved = withSent(withClaim({ ...given(), checked: FAMILY }, 'p1'), 'a@example.org', { ...SENT, id: 'code-2' });
  assert.deepEqual([moved.code, moved.checked, moved.claim], ['', null, null]);
  assert.equal(moved.name, 'Asha Nair');
});

test('nothing is sent while something is missing', () => {
  assert.equal(registration({ ...given(), sex: null }, YEAR), null);
  assert.equal(registration({ ...given(), year: '84' }, YEAR), null);
  assert.equal(registration({ ...given(), sent: null }, YEAR), null);
});

test('a reload goes on where it was; the password, which is never kept, is asked again', () => {
  assert.deepEqual(remembered(JSON.stringify(given({ step: 'sex' })), 0), given({ step: 'sex' }));
  assert.equal(remembered(JSON.stringify(given({ step: 'check' })), 0).step, 'password');
  assert.ok(!JSON.stringify(given()).includes('password'));
});

test('answers that are old, or of another version of the page, are not shown', () => {
  assert.deepEqual(remembered(JSON.stringify(given()), SENT.expires + 3_600_000), NO_ANSWERS);
  for (const text of [null, 'x', '{}', '{"step":"who"}', 'null']) assert.deepEqual(remembered(text, 0), NO_ANSWERS);
});
