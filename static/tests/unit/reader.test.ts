/** A chat is read by those who have its key, and whoever tampers with it on the way is found out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Reader } from '../../src/reader.ts';
import { makeGuest, type Signer } from '../../src/seal/member.ts';
import type { Said } from '../../src/wire.ts';
import { id, seeded } from './seal-keys.ts';

const VISIT = id('visit');
const KEY = seeded('transcript key');
const DOCTOR = id('doctor');
const PATIENT = id('patient');

/** Two people who write to each other through `line`, which a test may bend. */
async function pen(signer: Signer, key = KEY) {
  const reader = new Reader(VISIT, () => undefined);
  reader.sign(signer);
  reader.open(key);
  return reader;
}

async function talk(lines: readonly string[]): Promise<{ kept: Said[]; doctor: Signer }> {
  const doctor = await makeGuest();
  const writer = await pen(doctor);
  const kept: Said[] = [];
  for (const [i, text] of lines.entries()) {
    const message = id(`message ${i}`);
    const body = await writer.seal(message, text);
    kept.push({ seq: i + 1, id: message, seat: DOCTOR, at: i, body: body ?? '' });
    writer.take(kept.slice(-1));
  }
  return { kept, doctor };
}

async function read(kept: readonly Said[], doctor: Signer, key = KEY): Promise<Reader> {
  const reader = new Reader(VISIT, () => undefined);
  reader.meet(DOCTOR, doctor.ed);
  reader.open(key);
  reader.take(kept);
  await reader.idle();
  return reader;
}

function texts(reader: Reader, count: number): (string | null)[] {
  return Array.from({ length: count }, (_, i) => reader.reading(i + 1)).map((one) => (one.read ? one.text : null));
}

test('what one writes the other reads, as theirs and in its place', async () => {
  const { kept, doctor } = await talk(['one', 'two', 'three']);
  const reader = await read(kept, doctor);
  assert.deepEqual(texts(reader, 3), ['one', 'two', 'three']);
  for (const { seq } of kept) assert.deepEqual(reader.reading(seq), { read: true, text: texts(reader, 3)[seq - 1], author: 'seat', history: 'same' });
  assert.equal(reader.differs, false);
});

test('without a key nothing opens and nothing can be written; both work once it is there', async () => {
  const { kept, doctor } = await talk(['one', 'two']);
  let changes = 0;
  const reader = new Reader(VISIT, () => (changes += 1));
  reader.sign(await makeGuest());
  reader.meet(DOCTOR, doctor.ed);
  reader.take(kept);
  await reader.idle();
  assert.deepEqual(reader.reading(1), { read: false, why: 'waiting' });
  assert.equal(await reader.seal(id('mine'), 'hello'), null);
  reader.open(KEY);
  await reader.idle();
  assert.deepEqual(texts(reader, 2), ['one', 'two']);
  assert.ok(changes > 0, 'the page is told');
  assert.notEqual(await reader.seal(id('mine'), 'hello'), null);
});

test('a wrong key opens nothing, and the right one that comes later does', async () => {
  const { kept, doctor } = await talk(['one']);
  const reader = await read(kept, doctor, seeded('another key'));
  assert.deepEqual(reader.reading(1), { read: false, why: 'sealed' });
  reader.open(KEY);
  await reader.idle();
  assert.deepEqual(texts(reader, 1), ['one']);
});

test('a key of an author that is met later takes the doubt away', async () => {
  const { kept, doctor } = await talk(['one']);
  const reader = await pen(await makeGuest());
  reader.take(kept);
  await reader.idle();
  const before = reader.reading(1);
  assert.equal(before.read && before.author, 'stranger');
  reader.meet(DOCTOR, doctor.ed);
  await reader.idle();
  const after = reader.reading(1);
  assert.equal(after.read && after.author, 'seat');
});

/** Ways in which a server could bend a chat of four, and the messages that then say that something is wrong. */
const BENT: Record<string, (kept: readonly Said[]) => Said[]> = {
  'a message was left out': (kept) => [kept[0], kept[2], kept[3]].flatMap((one, i) => (one === undefined ? [] : [{ ...one, seq: i + 1 }])),
  'two messages changed places': (kept) => [kept[1], kept[0], kept[2], kept[3]].flatMap((one, i) => (one === undefined ? [] : [{ ...one, seq: i + 1 }])),
  'a message went to another seat': (kept) => kept.map((one, i) => (i === 1 ? { ...one, seat: PATIENT } : one)),
  'a message was doubled': (kept) => [kept[0], kept[0], ...kept.slice(1)].flatMap((one, i) => (one === undefined ? [] : [{ ...one, seq: i + 1 }])),
};

for (const [what, bend] of Object.entries(BENT)) {
  test(`a reader is told when ${what}`, async () => {
    const { kept, doctor } = await talk(['one', 'two', 'three', 'four']);
    const reader = await read(bend(kept), doctor);
    assert.equal(reader.differs, true);
  });
}

test('a reader is told when a message is another one when it comes again', async () => {
  const { kept, doctor } = await talk(['one', 'two']);
  const reader = await read(kept, doctor);
  reader.take(kept);
  await reader.idle();
  assert.equal(reader.differs, false);
  const [one, two] = kept;
  assert.ok(one && two);
  reader.take([{ ...two, body: one.body }]);
  assert.equal(reader.differs, true);
  assert.deepEqual(texts(reader, 2), ['one', 'two']);
});

test('one flipped bit and the message does not open', async () => {
  const { kept, doctor } = await talk(['one']);
  const [one] = kept;
  assert.ok(one);
  const bytes = Buffer.from(one.body, 'base64url');
  for (const at of [1, 20, bytes.length - 1]) {
    const bent = Buffer.from(bytes);
    bent[at] = (bent[at] ?? 0) ^ 1;
    const reader = await read([{ ...one, body: bent.toString('base64url') }], doctor);
    assert.deepEqual(reader.reading(1), { read: false, why: 'sealed' });
  }
});

for (const body of ['', '!', Buffer.from('{"text":"hello"}').toString('base64url')]) {
  test(`what was never sealed is not shown: ${body}`, async () => {
    const { doctor } = await talk([]);
    const reader = await read([{ seq: 1, id: id('m'), seat: DOCTOR, at: 0, body }], doctor);
    assert.deepEqual(reader.reading(1), { read: false, why: 'broken' });
  });
}

test('what waits to be sent is read again after a reload by its writer', async () => {
  const mine = await makeGuest();
  const body = await (await pen(mine)).seal(id('mine'), 'hello');
  const reader = new Reader(VISIT, () => undefined);
  assert.equal(await reader.own(id('mine'), body ?? ''), null);
  reader.open(KEY);
  assert.equal(await reader.own(id('mine'), body ?? ''), 'hello');
  assert.equal(await reader.own(id('other'), body ?? ''), null);
});
