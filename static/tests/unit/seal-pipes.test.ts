/** The worker's pipes: nothing goes out without a key, nothing comes in that doesn't open, and what goes on failing is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Bytes } from '../../src/seal/bytes.ts';
import { ASK_MS, Pipes, type Trouble, TROUBLE_MS } from '../../src/seal/pipes.ts';
import { seeded } from './seal-keys.ts';
import { flip } from './seal-sync.ts';

function pipes() {
  const clock = { now: 0 };
  const troubles: Trouble[] = [];
  return { clock, troubles, pipes: new Pipes({ now: () => clock.now, trouble: (one) => troubles.push(one) }) };
}

const secret = (name: string): Bytes => seeded(`secret ${name}`);
const delta = (name: string): Bytes => Uint8Array.of(1, ...seeded(name, 60));

/** A sender with its key, and a receiver whose slot belongs to it. */
async function line(epoch = 8) {
  const [sender, receiver] = [pipes(), pipes()];
  let asked = 0;
  receiver.pipes.open('slot', 'video', () => (asked += 1));
  receiver.pipes.bind('slot', 'them');
  await sender.pipes.sendKey(epoch, secret('them'));
  await receiver.pipes.receiveKey('them', epoch, secret('them'));
  return { sender, receiver, asked: () => asked };
}

test('without a key nothing goes out', async () => {
  const { pipes: one } = pipes();
  assert.equal(await one.seal('audio', delta('a')), null);
  assert.deepEqual(one.counters().send.audio.dropped, { muted: 1 });
});

test('after muting nothing goes out, not even what was under way', async () => {
  const { sender } = await line();
  const under = sender.pipes.seal('video', delta('a'));
  sender.pipes.mute();
  await sender.pipes.sendKey(9, secret('new'));
  assert.equal(await under, null);
  assert.notEqual(await sender.pipes.seal('video', delta('b')), null);
});

test('a key that was still being derived when we fell silent does not come into use', async () => {
  const { pipes: one } = pipes();
  const coming = one.sendKey(8, secret('late'));
  one.mute();
  await coming;
  assert.equal(await one.seal('audio', delta('a')), null);
});

test('what one seals the other opens, and counts', async () => {
  const { sender, receiver } = await line();
  const sealed = (await sender.pipes.seal('video', delta('a'))) ?? assert.fail();
  assert.deepEqual(await receiver.pipes.unseal('slot', sealed), delta('a'));
  assert.equal(receiver.pipes.counters().receive.video.frames, 1);
  assert.deepEqual(sender.pipes.counters().send.video.trailer, { min: 18, max: 18, mean: 18 });
});

test('a frame in a slot that is somebody else’s does not open', async () => {
  const { sender, receiver } = await line();
  await receiver.pipes.receiveKey('other', 8, secret('other'));
  receiver.pipes.bind('slot', 'other');
  assert.equal(await receiver.pipes.unseal('slot', (await sender.pipes.seal('video', delta('a'))) ?? assert.fail()), null);
  receiver.pipes.bind('slot', null);
  assert.equal(await receiver.pipes.unseal('slot', (await sender.pipes.seal('video', delta('b'))) ?? assert.fail()), null);
  assert.deepEqual(receiver.pipes.counters().receive.video.dropped, { tag: 1, unbound: 1 });
});

test('a slot may be bound before its transform is there', async () => {
  const { sender, receiver } = await line();
  receiver.pipes.bind('later', 'them');
  receiver.pipes.open('later', 'video', null);
  assert.notEqual(await receiver.pipes.unseal('later', (await sender.pipes.seal('video', delta('a'))) ?? assert.fail()), null);
});

test('old and new epochs open side by side until the old is dropped', async () => {
  const { sender, receiver } = await line();
  const old = (await sender.pipes.seal('video', delta('a'))) ?? assert.fail();
  const older = (await sender.pipes.seal('video', delta('b'))) ?? assert.fail();
  await receiver.pipes.receiveKey('them', 9, secret('new'));
  await sender.pipes.sendKey(9, secret('new'));
  assert.notEqual(await receiver.pipes.unseal('slot', (await sender.pipes.seal('video', delta('c'))) ?? assert.fail()), null);
  assert.notEqual(await receiver.pipes.unseal('slot', old), null);
  receiver.pipes.dropKey('them', 8);
  assert.equal(await receiver.pipes.unseal('slot', older), null);
  assert.equal(receiver.pipes.counters().receive.video.dropped.key, 1);
});

test('dropping an old epoch leaves a new one with the same key id alone', async () => {
  const { sender, receiver } = await line(8);
  await receiver.pipes.receiveKey('them', 16, secret('new'));
  await sender.pipes.sendKey(16, secret('new'));
  receiver.pipes.dropKey('them', 8);
  assert.notEqual(await receiver.pipes.unseal('slot', (await sender.pipes.seal('video', delta('a'))) ?? assert.fail()), null);
});

test('a new key begins with a key frame, and a viewer without one asks at most once a second', async () => {
  const { sender, receiver, asked } = await line();
  let begun = 0;
  const stop = sender.pipes.starts(() => (begun += 1));
  await sender.pipes.sendKey(9, secret('new'));
  assert.equal(begun, 1);
  stop();
  await sender.pipes.sendKey(10, secret('newer'));
  assert.equal(begun, 1);
  const before = asked();
  await receiver.pipes.receiveKey('them', 10, secret('wrong'));
  for (let i = 0; i < 30; i += 1) {
    receiver.clock.now += 100;
    await receiver.pipes.unseal('slot', (await sender.pipes.seal('video', delta(`${i}`))) ?? assert.fail());
  }
  const times = asked() - before;
  assert.ok(times >= 2 && times <= 1 + 3_000 / ASK_MS, `${times}`);
});

test('what fails for three seconds is told once, and when it is well again', async () => {
  const { sender, receiver } = await line();
  const frame = async (change: boolean) => {
    const sealed = (await sender.pipes.seal('video', delta('x'))) ?? assert.fail();
    await receiver.pipes.unseal('slot', change ? flip(sealed, 200) : sealed);
  };
  for (let past = 0; past <= TROUBLE_MS + 1_000; past += 500) {
    await frame(true);
    receiver.clock.now += 500;
  }
  assert.deepEqual(receiver.troubles, [{ seat: 'them', kind: 'video', failing: true }]);
  await frame(false);
  assert.deepEqual(receiver.troubles.at(-1), { seat: 'them', kind: 'video', failing: false });
});
