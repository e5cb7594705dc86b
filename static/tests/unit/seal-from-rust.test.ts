/** What Rust sealed (clinic/tests/seal_from_rust.json) opens here. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { fromHex, hex } from '../../src/seal/bytes.ts';
import { importBundle } from '../../src/seal/identity.ts';
import { cidOf, commitmentOf, fromGeneral, openRecord } from '../../src/seal/jwe.ts';
import { readMember, type SeatRole } from '../../src/seal/member.ts';
import { decodePass, pairKey, pairOpen, unwrapSecret } from '../../src/seal/pass.ts';
import { phraseOf } from '../../src/seal/phrase.ts';
import { openRoster } from '../../src/seal/roster.ts';
import { baseKey, FrameOpener, kidOf, type Kind } from '../../src/seal/sframe.ts';
import { Chain, openBody, unwrapKey } from '../../src/seal/transcript.ts';

const folder = join(import.meta.dirname, '..', '..', '..', 'clinic', 'tests');
const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const rust = read('seal_from_rust.json');
const ours = read('seal_vectors.json');

const first = async () => (await importBundle(fromHex(ours.bundle.bundle))).rsa;
const second = () =>
  crypto.subtle.importKey('pkcs8', fromHex(ours.approval.second_rsa_pkcs8), { name: 'RSA-OAEP', hash: 'SHA-256' }, false, ['decrypt']);
const x25519 = (secret: string) =>
  crypto.subtle.importKey('pkcs8', fromHex(`302e020100300506032b656e04220420${secret}`), 'X25519', false, ['deriveBits']);

test('a record sealed by Rust opens for both of its keys', async () => {
  const { object, wraps } = fromGeneral(rust.record.general);
  assert.equal(hex(object), rust.record.object);
  assert.equal(await cidOf(object), rust.record.cid);
  assert.equal(hex(await commitmentOf('transcript', fromHex(rust.record.salt), object)), rust.record.commitment);
  const keys = [await first(), await second()];
  for (const [at, wrap] of wraps.entries()) {
    assert.equal(wrap.kid, rust.record.kids[at]);
    assert.equal((await openRecord(object, wrap, keys[at]!)).json, rust.record.json);
  }
});

test('a chat sealed by Rust opens, message by message, and its chain is the same', async () => {
  const { visit, key, wrapped, messages } = rust.chat;
  assert.equal(hex(await unwrapKey(await first(), fromHex(wrapped))), key);
  const chain = await Chain.of(visit);
  for (const { seq, id, seat, author, text, body, chain: after } of messages) {
    const opened = await openBody(fromHex(key), visit, id, fromHex(body));
    assert.deepEqual([opened.text, opened.signed, hex(opened.author)], [text, true, author]);
    assert.deepEqual(opened.seen.seq, chain.head.seq);
    assert.equal(hex(opened.seen.hash), hex(chain.head.hash));
    assert.ok(await chain.push({ seq, id, seat, body: fromHex(body) }));
    assert.equal(hex(chain.head.hash), after);
  }
});

test('a call sealed by Rust: members, roster, secret, passes and words', async () => {
  const { visit, epoch, members, roster, secret, phrase } = rust.call;
  for (const { blob, role, ed25519 } of members) {
    assert.ok(await readMember(fromHex(blob), visit, role as SeatRole, [fromHex(ed25519)]));
  }
  const signed = await openRoster(fromHex(roster.signed), [fromHex(members[0].ed25519)]);
  assert.equal(signed && hex(signed.hash), roster.hash);
  assert.equal(signed?.roster.epoch, epoch);
  const mine = await x25519(members[1].x25519_private);
  const theirs = fromHex(members[0].x25519);
  const way = { visit, from: secret.from, to: secret.to };
  const opened = await unwrapSecret(mine, theirs, { ...way, epoch, roster: fromHex(roster.hash) }, fromHex(secret.wrap));
  assert.equal(hex(opened), secret.secret);
  const pair = await pairKey(mine, theirs, way);
  assert.equal(hex(await pairOpen(pair, 'reveal', way, fromHex(rust.call.reveal))), members[0].nonce);
  assert.equal(hex(await pairOpen(pair, 'checked', way, fromHex(rust.call.checked))), '01');
  assert.equal(hex(await pairOpen(pair, 'key', way, fromHex(rust.call.key.sealed))), rust.call.key.key);
  const side = (at: number) => ({ seat: members[at].seat, ed: fromHex(members[at].ed25519), nonce: fromHex(members[at].nonce) });
  assert.deepEqual(await phraseOf(visit, side(0), side(1)), phrase);
  assert.equal(decodePass(Uint8Array.from([1, ...fromHex(roster.signed)])).kind, 'roster');
});

test('frames sealed by Rust open', async () => {
  for (const { kind, epoch, counter, plain, sealed } of rust.frames.frames) {
    const base = await baseKey(fromHex(rust.frames.secret), kind as Kind);
    const opener = await FrameOpener.of(kind as Kind, base, kidOf(epoch));
    const opened = await opener.open(fromHex(sealed));
    assert.deepEqual('frame' in opened && hex(opened.frame), plain, `${kind} ${counter}`);
  }
});
