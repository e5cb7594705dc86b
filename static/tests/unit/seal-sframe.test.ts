/** Frames: as RFC 9605 has them, once each, and not with a bit turned. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type Bytes, concat, fromHex, hex } from '../../src/seal/bytes.ts';
import { cipherOf, clearBytes, encodeHeader, FrameOpener, FrameSealer, type Kind, kidOf, kidOfFrame, REPLAY_WINDOW, schedule } from '../../src/seal/sframe.ts';
import { seeded } from './seal-keys.ts';
import { chance, flip } from './seal-sync.ts';

/** RFC 9605, appendix C.1: KID, CTR, header. */
const HEADERS: [number, number, string][] = [
  [0, 0, '00'], [0, 1, '01'], [0, 0xff, '08ff'], [0, 0x100, '090100'], [0, 0xffff, '09ffff'], [0, 0x10000, '0a010000'], [0, 0xffffff, '0affffff'],
  [0, 0x1000000, '0b01000000'], [1, 0, '10'], [1, 1, '11'], [1, 0xff, '18ff'], [0xff, 0, '80ff'], [0xff, 0xff, '88ffff'], [0x100, 0x100, '9901000100'],
  [0xffff, 0x10000, '9affff010000'], [0x10000, 0, 'a0010000'], [0xffffffff, 0x100, 'b9ffffffff0100'],
];

/** RFC 9605, appendix C.3: the suites 3 and 4. */
const C3 = {
  kid: 0x123,
  ctr: 0x4567,
  base: '000102030405060708090a0b0c0d0e0f',
  metadata: '4945544620534672616d65205747',
  plain: '64726166742d696574662d736672616d652d656e63',
  header: '9901234567',
};
const SUITES: Record<Kind, { key: string; salt: string; sealed: string }> = {
  audio: {
    key: '2c5703089cbb8c583475e4fc461d97d18809df79b6d550f78eb6d50ffa80d89211d57909934f46f5405e38cd583c69fe',
    salt: '38c16e4f5159700c00c7f350',
    sealed: '17fc8af28a5a695afcfc6c8df6358a17e26b2fcb3bae32e443',
  },
  video: {
    key: 'd34f547f4ca4f9a7447006fe7fcbf768',
    salt: '75234edefe07819026751816',
    sealed: 'b7412c2513a1b66dbb48841bbaf17f598751176ad847681a69c6d0b091c07018ce4adb34eb',
  },
};

const KINDS: Kind[] = ['audio', 'video'];

function frame(kind: Kind, name: string, length: number, key = false): Bytes {
  const bytes = seeded(name, length);
  if (kind === 'video' && length > 0) bytes[0] = ((bytes[0] ?? 0) & 0xfe) | (key ? 0 : 1);
  return bytes;
}

async function pair(kind: Kind, kid = 5) {
  const base = seeded(`base ${kind}`, 16);
  return { sealer: await FrameSealer.of(kind, base, kid), opener: await FrameOpener.of(kind, base, kid) };
}

async function seals(sealer: FrameSealer, kind: Kind, count: number, key = false): Promise<Bytes[]> {
  const all: Bytes[] = [];
  for (let i = 0; i < count; i += 1) all.push(await sealer.seal(frame(kind, `f${i}`, 40, key)));
  return all;
}

test('headers are those of RFC 9605, appendix C.1', () => {
  for (const [kid, ctr, header] of HEADERS) assert.equal(hex(encodeHeader(kid, ctr)), header);
});

test('keys and ciphertexts are those of RFC 9605, appendix C.3', async () => {
  for (const kind of KINDS) {
    const { key, salt, sealed } = SUITES[kind];
    const derived = await schedule(kind, fromHex(C3.base), C3.kid);
    assert.equal(hex(derived.key), key);
    assert.equal(hex(derived.salt), salt);
    const cipher = await cipherOf(kind, fromHex(C3.base), C3.kid);
    const header = encodeHeader(C3.kid, C3.ctr);
    assert.equal(hex(header), C3.header);
    const aad = concat(header, fromHex(C3.metadata));
    assert.equal(hex(await cipher.seal(C3.ctr, aad, fromHex(C3.plain))), sealed);
    assert.equal(hex((await cipher.open(C3.ctr, aad, fromHex(sealed))) ?? new Uint8Array()), C3.plain);
  }
});

test('what is sealed opens, whatever its length', async () => {
  for (const kind of KINDS) {
    for (const key of [true, false]) {
      const { sealer, opener } = await pair(kind);
      for (const length of [0, 1, 2, 3, 4, 9, 10, 11, 100, 1200, 20_000]) {
        const plain = frame(kind, `${length}`, length, key);
        const opened = await opener.open(await sealer.seal(plain));
        assert.ok('frame' in opened, `${kind} ${length}`);
        assert.deepEqual(opened.frame, plain);
      }
    }
  }
});

test('the first bytes stay as they were, the others do not', async () => {
  for (const [kind, key, clear] of [['audio', false, 1], ['video', true, 10], ['video', false, 3]] as const) {
    const { sealer } = await pair(kind);
    const plain = frame(kind, 'clear', 200, key);
    const sealed = await sealer.seal(plain);
    assert.equal(clearBytes(kind, plain), clear);
    assert.deepEqual(sealed.slice(0, clear), plain.slice(0, clear));
    assert.ok(!Buffer.from(sealed).includes(Buffer.from(plain.slice(clear, clear + 8))));
  }
});

test('a trailer is 5 to 8 bytes on audio, 18 on video and 17 to 20 on its key frames', async () => {
  for (const [kind, key, sizes] of [['audio', false, [5, 6, 7]], ['video', true, [17, 18, 19]], ['video', false, [18]]] as const) {
    const { sealer } = await pair(kind);
    const lengths = new Set((await seals(sealer, kind, 300, key)).map((one) => one.length - 40));
    assert.deepEqual([...lengths], sizes);
  }
});

test('every turned bit is refused', async () => {
  for (const kind of KINDS) {
    for (const key of kind === 'video' ? [true, false] : [false]) {
      const { sealer, opener } = await pair(kind);
      const sealed = await sealer.seal(frame(kind, 'bits', 24, key));
      for (let bit = 0; bit < sealed.length * 8; bit += 1) assert.ok('failure' in (await opener.open(flip(sealed, bit))), `${kind} bit ${bit}`);
      assert.ok('frame' in (await opener.open(sealed)));
    }
  }
});

test('a frame opens once', async () => {
  for (const kind of KINDS) {
    const { sealer, opener } = await pair(kind);
    const all = await seals(sealer, kind, 5);
    for (const one of all) assert.ok('frame' in (await opener.open(one)));
    for (const one of all) assert.deepEqual(await opener.open(one), { failure: 'replay' });
  }
});

test('a frame opens once, also when it comes twice at the same moment', async () => {
  const { sealer, opener } = await pair('video');
  const sealed = await sealer.seal(frame('video', 'twice', 50));
  const both = await Promise.all([opener.open(sealed), opener.open(sealed)]);
  assert.equal(both.filter((one) => 'frame' in one).length, 1);
});

test('frames may come out of order within the window, and not from before it', async () => {
  const { sealer, opener } = await pair('audio');
  const all = await seals(sealer, 'audio', REPLAY_WINDOW + 2);
  const last = all.at(-1) ?? assert.fail();
  assert.ok('frame' in (await opener.open(last)));
  assert.ok('frame' in (await opener.open(all[2] ?? assert.fail())));
  assert.deepEqual(await opener.open(all[1] ?? assert.fail()), { failure: 'replay' });
});

test('a delta frame opens though only the lowest byte of its counter came', async () => {
  const { sealer, opener } = await pair('video');
  const luck = chance(11);
  const all = await seals(sealer, 'video', 1200);
  let lost = 0;
  for (const [i, one] of all.entries()) {
    if (luck() < 0.3 && lost < 100) {
      lost += 1;
      continue;
    }
    assert.ok('frame' in (await opener.open(one)), `frame ${i} after ${lost} lost`);
    lost = 0;
  }
});

test('after a long silence a key frame brings the counter back', async () => {
  const { sealer, opener } = await pair('video');
  assert.ok('frame' in (await opener.open(await sealer.seal(frame('video', 'first', 40)))));
  await seals(sealer, 'video', 1000);
  assert.ok('failure' in (await opener.open(await sealer.seal(frame('video', 'lost', 40)))));
  assert.ok('frame' in (await opener.open(await sealer.seal(frame('video', 'key', 40, true)))));
  assert.ok('frame' in (await opener.open(await sealer.seal(frame('video', 'delta', 40)))));
});

test('another key opens nothing', async () => {
  for (const kind of KINDS) {
    const { sealer } = await pair(kind);
    const wrong = await FrameOpener.of(kind, seeded('another', 16), 5);
    const other = await FrameOpener.of(kind, seeded(`base ${kind}`, 16), 6);
    for (const one of await seals(sealer, kind, 20)) {
      assert.deepEqual(await wrong.open(one), { failure: 'tag' });
      assert.deepEqual(await other.open(one), { failure: 'key' });
      assert.equal(kidOfFrame(kind, one), 5);
    }
  }
});

test('rubbish is no frame, and nothing throws', async () => {
  const luck = chance(5);
  for (const kind of KINDS) {
    const { opener } = await pair(kind);
    for (let i = 0; i < 500; i += 1) {
      const bytes = Uint8Array.from({ length: Math.floor(luck() * 40) }, () => Math.floor(luck() * 256));
      assert.ok('failure' in (await opener.open(bytes)));
    }
  }
});

test('the epochs that follow each other have different key ids', () => {
  assert.deepEqual([8, 9, 10, 15, 16].map(kidOf), [0, 1, 2, 7, 0]);
});
