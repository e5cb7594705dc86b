/** A password leaves the browser in no request, and is stretched as strongly as we want, whatever the server says. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';

import { api, Problem } from '../../src/api.ts';
import { speak } from '../../src/i18n.ts';
import { base64url, fromBase64url } from '../../src/seal/bytes.ts';
import { stretch } from '../../src/seal/password.ts';
import { newPassword, stretched } from '../../src/stretching.ts';
import { id, seeded } from './seal-keys.ts';

const PASSWORD = 'a long way to Ludhiana';
const PARAMS = { v: 1, salt: base64url(seeded('salt', 16)), iterations: 600_000 };
const ME = { kind: 'person', id: id('asha'), login: 'asha', name: 'Asha', role: 'patient' };

const sent: string[] = [];
let params: unknown = PARAMS;

before(() => {
  speak('en', readFileSync(join(import.meta.dirname, '..', '..', 'src', 'i18n', 'en.ftl'), 'utf8'));
  globalThis.fetch = async (path, request) => {
    sent.push(`${String(path)} ${String(request?.body ?? '')}`);
    return Response.json(String(path).includes('/login/params') ? params : ME);
  };
});

function refusedWith(code: string) {
  return (error: unknown): boolean => error instanceof Problem && error.code === code && !error.message.startsWith('problem-');
}

test('a sign-in sends a key that the password became, and never the password or the other half', async () => {
  const { key, wrap } = await stretched('asha', PASSWORD);
  await api.login('asha', key);
  const expected = await stretch(PASSWORD, PARAMS);
  assert.equal(key, base64url(expected.login));
  assert.deepEqual(wrap, expected.wrap);
  const all = sent.join('\n');
  assert.match(all, /"key":/);
  assert.doesNotMatch(all, /Ludhiana|password/);
  assert.ok(!all.includes(base64url(wrap)));
});

test('a new password gets a salt of its own each time', async () => {
  const [one, other] = await Promise.all([newPassword(PASSWORD), newPassword(PASSWORD)]);
  assert.equal(fromBase64url(one.kdf.salt).length, 16);
  assert.notEqual(one.kdf.salt, other.kdf.salt);
  assert.notEqual(one.key, other.key);
  assert.equal(one.kdf.iterations, 600_000);
});

test('a server that asks for a weak or an endless derivation is refused in words', async () => {
  for (const weak of [{ ...PARAMS, iterations: 1_000 }, { ...PARAMS, iterations: 1e9 }, { ...PARAMS, v: 2 }, { ...PARAMS, salt: 'AAAA' }]) {
    params = weak;
    await assert.rejects(stretched('asha', PASSWORD), refusedWith('weak_params'));
  }
  params = PARAMS;
});

test('a new password that is too short is refused here, because the server cannot see its length', async () => {
  await assert.rejects(newPassword('1234567'), refusedWith('bad_field'));
  await newPassword('ਪਾਸਵਰਡ੧੨');
});
