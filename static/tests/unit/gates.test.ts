/** A request that a gate holds up goes out again when it opens, and fails as it was when it stays shut. */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { api, ask, gates, nothing, Problem, standing } from '../../src/api.ts';
import { freshAsked } from '../../src/fresh.ts';
import { speak } from '../../src/i18n.ts';

speak('en', 'problem-step-up = Once more.\nproblem-clock-off = { $minutes } off\nproblem-wrong-code = No.');
const realFetch = globalThis.fetch;
const { fresh, unlocked } = gates;
afterEach(() => {
  globalThis.fetch = realFetch;
  Object.assign(gates, { fresh, unlocked });
});

/** Answers requests with these, one after the other, and keeps what was asked. */
function server(...answers: [number, unknown][]): string[] {
  const asked: string[] = [];
  globalThis.fetch = (async (path: string, { method, body }: RequestInit) => {
    asked.push(`${method} ${path} ${String(body)}`);
    const [status, value] = answers.shift() ?? [500, {}];
    return new Response(status === 204 ? null : JSON.stringify(value), { status });
  }) as typeof fetch;
  return asked;
}

const STEP_UP: [number, unknown] = [403, { code: 'step_up' }];

test('a grave request waits for the fresh step and is sent again as it was', async () => {
  const asked = server(STEP_UP, [204, null]);
  const done = ask('POST', '/invites', nothing, { name: 'Asha' });
  while (freshAsked.value === null) await new Promise(setImmediate);
  freshAsked.value.answer(true);
  await done;
  assert.deepEqual(asked, Array(2).fill('POST /api/v1/invites {"name":"Asha"}'));
});

test('two grave requests at once ask once', async () => {
  server(STEP_UP, STEP_UP, [204, null], [204, null]);
  const done = Promise.all([ask('POST', '/a', nothing), ask('POST', '/b', nothing)]);
  while (freshAsked.value === null) await new Promise(setImmediate);
  await new Promise(setImmediate);
  freshAsked.value.answer(true);
  await done;
  assert.equal(freshAsked.value, null);
});

test('a fresh step that is declined sends nothing again, and says why nothing was done', async () => {
  const asked = server(STEP_UP);
  const done = assert.rejects(ask('DELETE', '/me/totp', nothing), (error) => error instanceof Problem && error.code === 'step_up' && error.message === 'Once more.');
  while (freshAsked.value === null) await new Promise(setImmediate);
  freshAsked.value.answer(false);
  await done;
  assert.equal(asked.length, 1);
});

test('a request of a locked session waits for the password, and is sent again', async () => {
  const asked = server([401, { code: 'locked_session' }], [204, null]);
  let opened = 0;
  gates.unlocked = async () => (opened += 1) > 0;
  await ask('PATCH', '/me/profile', nothing, { name: 'Asha' });
  assert.equal(opened, 1);
  assert.equal(asked.length, 2);
});

test('locking a session that is locked does not wait for itself', async () => {
  server([401, { code: 'locked_session' }]);
  gates.unlocked = () => assert.fail('nobody may be asked');
  await assert.rejects(api.lock());
});

test('a wrong clock is said in minutes', async () => {
  server([401, { code: 'clock_off', minutes: -4.2 }]);
  await assert.rejects(ask('POST', '/login/code', nothing), { message: '4 off' });
});

test('what the server says of a session is one of five things', () => {
  assert.deepEqual(standing({ kind: 'second_factor' }, 'me'), { kind: 'second_factor' });
  assert.deepEqual(standing({ kind: 'enrol', name: 'Asha' }, 'me'), { kind: 'enrol', name: 'Asha' });
  assert.deepEqual(standing({ kind: 'locked', name: 'Asha', login: 'asha' }, 'me'), { kind: 'locked', name: 'Asha', login: 'asha' });
  assert.equal(standing({ kind: 'guest', visit: 'v', seat: 's', name: 'Asha' }, 'me').kind, 'guest');
  assert.equal(standing({ kind: 'person', id: 'i', login: 'l', name: 'n', role: 'desk', lock: 15, second_factor: true }, 'me').kind, 'person');
  assert.throws(() => standing({ kind: 'king' }, 'me'));
});
