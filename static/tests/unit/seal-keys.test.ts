/** Passwords, backups and bindings: what opens, and what must not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { BadBytes, base32Lower, base64url, crockford, fromBase64url, fromHex, hex, Reader, readCrockford, same, utf8, uuidBytes, uuidText, Writer } from '../../src/seal/bytes.ts';
import { approve, bind, encodeBundle, fingerprint, type Identity, importBundle, makeBundle, openBackup, sealBackup, verifyApproval, verifyBinding } from '../../src/seal/identity.ts';
import { stretch, WeakParams } from '../../src/seal/password.ts';
import { Unopened } from '../../src/seal/primitives.ts';
import { formatCode, makeCode, parseCode, recoveryKey } from '../../src/seal/recovery.ts';
import { edPkcs8, id, rsaPkcs8, seeded } from './seal-keys.ts';
import { chance, everyFlipRefused, flip } from './seal-sync.ts';

const PERSON = id('person');

async function identity(which: 1 | 2 = 1): Promise<Identity> {
  return importBundle(encodeBundle(await rsaPkcs8(which), edPkcs8(seeded(`ed ${which}`))));
}

test('bytes come back from every encoding as they were', () => {
  const luck = chance(1);
  for (let length = 0; length < 70; length += 1) {
    const bytes = Uint8Array.from({ length }, () => Math.floor(luck() * 256));
    assert.deepEqual(fromBase64url(base64url(bytes)), bytes);
    assert.deepEqual(fromHex(hex(bytes)), bytes);
    assert.equal(base64url(bytes), Buffer.from(bytes).toString('base64url'));
  }
  assert.equal(uuidText(uuidBytes(PERSON)), PERSON);
});

test('text that is not the one form of its bytes is refused', () => {
  for (const text of ['A', 'AB', 'AA==', 'A+', 'A/', 'AA A', 'AAAAA']) assert.throws(() => fromBase64url(text), BadBytes, text);
  for (const text of ['0', 'xx', '0x']) assert.throws(() => fromHex(text), BadBytes);
  for (const text of ['', PERSON.slice(1), `${PERSON}0`, PERSON.replaceAll('-', '')]) assert.throws(() => uuidBytes(text), BadBytes);
});

test('base32 is that of RFC 4648, and Crockford’s', () => {
  const known = ['', 'my', 'mzxq', 'mzxw6', 'mzxw6yq', 'mzxw6ytb', 'mzxw6ytboi'];
  known.forEach((text, length) => assert.equal(base32Lower(utf8('foobar'.slice(0, length))), text));
  assert.equal(crockford(Uint8Array.of(0, 0, 0, 0, 31)), '0000000Z');
  assert.equal(readCrockford('o0-iL 1'), '00111');
  assert.equal(readCrockford('U'), null);
});

test('numbers are written big-endian, and what doesn’t fit is refused', () => {
  const bytes = new Writer().u8(1).u16(0x203).u32(0x4050607).u64(2 ** 53 - 1).sized(Uint8Array.of(9)).done();
  assert.equal(hex(bytes), '0102030405060' + '7001fffffffffffff000109');
  const reader = new Reader(bytes);
  assert.deepEqual([reader.u8(), reader.u16(), reader.u32(), reader.u64(), hex(reader.sized())], [1, 0x203, 0x4050607, 2 ** 53 - 1, '09']);
  reader.end();
  assert.throws(() => reader.u8(), BadBytes);
  assert.throws(() => new Reader(fromHex('ffffffffffffffff')).u64(), BadBytes);
  for (const value of [-1, 256, 0.5, Number.NaN]) assert.throws(() => new Writer().u8(value), BadBytes);
});

test('same means the same bytes', () => {
  assert.ok(same(Uint8Array.of(1, 2), Uint8Array.of(1, 2)));
  assert.ok(!same(Uint8Array.of(1, 2), Uint8Array.of(1, 3)));
  assert.ok(!same(Uint8Array.of(1, 2), Uint8Array.of(1)));
});

test('a password becomes the same keys however it was typed, and two that have nothing in common', async () => {
  const params = { v: 1, salt: base64url(seeded('s', 16)), iterations: 600_000 };
  const [one, other] = await Promise.all([stretch('e\u0301té', params), stretch('\u00e9te\u0301', params)]);
  assert.deepEqual(one, other);
  assert.ok(!same(one.login, one.wrap));
});

test('a server that asks for a weak derivation gets nothing', async () => {
  const good = { v: 1, salt: base64url(seeded('s', 16)), iterations: 600_000 };
  for (const change of [{ iterations: 599_999 }, { iterations: 1 }, { iterations: 10_000_001 }, { iterations: 600_000.5 }, { v: 2 }, { salt: 'AAAA' }]) {
    await assert.rejects(stretch('password', { ...good, ...change }), WeakParams);
  }
});

test('a recovery code reads back however it is written', () => {
  const code = makeCode(seeded('code', 17));
  assert.match(formatCode(code), /^[0-9A-Z]{5}(-[0-9A-Z]{5}){3}-[0-9A-Z]{6}$/);
  for (const typed of [code, formatCode(code), formatCode(code).toLowerCase(), ` ${code.replaceAll('0', 'o').replaceAll('1', 'l')} `]) assert.equal(parseCode(typed), code);
  for (const typed of ['', code.slice(1), `${code}0`, `U${code.slice(1)}`]) assert.equal(parseCode(typed), null);
  assert.notEqual(makeCode(), makeCode());
});

test('keys made in a browser can be used after a restore, and never read', async () => {
  const bundle = await makeBundle();
  const made = await importBundle(bundle.slice());
  const key = seeded('wrap');
  const restored = await importBundle(await openBackup(await sealBackup('password', key, PERSON, bundle), key, PERSON));
  assert.deepEqual(restored.edPublic, made.edPublic);
  assert.deepEqual(restored.rsaPublic, made.rsaPublic);
  for (const handle of [restored.rsa, restored.ed]) {
    assert.equal(handle.extractable, false);
    await assert.rejects(crypto.subtle.exportKey('pkcs8', handle));
  }
  assert.ok(await verifyBinding(await bind(restored, PERSON, id('key'))));
});

test('a backup opens with its code or password, and with nothing else', async () => {
  const bundle = encodeBundle(seeded('a', 40), seeded('b', 40));
  const key = await recoveryKey(makeCode(seeded('c', 17)), PERSON);
  const backup = await sealBackup('recovery', key, PERSON, bundle);
  assert.deepEqual(await openBackup(backup, key, PERSON), bundle);
  await assert.rejects(openBackup(backup, await recoveryKey(makeCode(seeded('d', 17)), PERSON), PERSON), Unopened);
  await assert.rejects(openBackup(backup, key, id('another')), Unopened);
  await assert.rejects(openBackup({ ...backup, kind: 'password' }, key, PERSON), Unopened);
  await everyFlipRefused(fromBase64url(backup.ct), (ct) => openBackup({ ...backup, ct: base64url(ct) }, key, PERSON));
  await everyFlipRefused(fromBase64url(backup.iv), (iv) => openBackup({ ...backup, iv: base64url(iv) }, key, PERSON));
});

test('a bundle that is cut or longer is refused', async () => {
  const bundle = encodeBundle(await rsaPkcs8(1), edPkcs8(seeded('e')));
  for (const bad of [bundle.slice(0, -1), Uint8Array.of(...bundle, 0), flip(bundle, 0), new Uint8Array()]) await assert.rejects(importBundle(bad));
});

test('a binding is for one person, one id and these keys', async () => {
  const key = await bind(await identity(), PERSON, id('key'));
  assert.ok(await verifyBinding(key));
  const another = await bind(await identity(2), PERSON, id('key'));
  for (const change of [{ person: id('x') }, { id: id('x') }, { rsa: another.rsa }, { ed: another.ed }, { sig: another.sig }, { sig: '' }, { ed: 'AA' }]) {
    assert.equal(await verifyBinding({ ...key, ...change }), false);
  }
  const sig = fromBase64url(key.sig);
  for (let bit = 0; bit < sig.length * 8; bit += 1) assert.equal(await verifyBinding({ ...key, sig: base64url(flip(sig, bit)) }), false);
});

test('an approval is of one key, by one key', async () => {
  const [first, second] = [await identity(), await identity(2)];
  const key = await bind(second, PERSON, id('second'));
  const yes = await approve(first, key);
  assert.ok(await verifyApproval(first.edPublic, key, yes));
  assert.equal(await verifyApproval(second.edPublic, key, yes), false);
  assert.equal(await verifyApproval(first.edPublic, await bind(second, PERSON, id('third')), yes), false);
});

test('two keys have two fingerprints of 20 characters', async () => {
  const [one, other] = [await fingerprint(await bind(await identity(), PERSON, id('key'))), await fingerprint(await bind(await identity(2), PERSON, id('key')))];
  assert.match(one, /^[0-9A-HJKMNP-TV-Z]{20}$/);
  assert.notEqual(one, other);
});
