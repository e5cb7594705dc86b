/** The lights of camera and microphone are on when they should be, and off when they should be. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

import { Local } from '../../src/local.ts';

class Track {
  enabled = true;
  readyState = 'live';
  contentHint = '';
  onended: (() => void) | null = null;
  constructor(readonly kind: 'audio' | 'video', readonly device: string) {}
  stop(): void {
    this.readyState = 'ended';
  }
}

interface Asked {
  wish: { audio?: unknown; video?: unknown };
  give(): void;
  refuse(name: string): void;
}

let asked: Asked[] = [];
let given: Track[] = [];

function getUserMedia(wish: { audio?: unknown; video?: unknown }): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const tracks = [...(wish.audio ? [new Track('audio', 'm')] : []), ...(wish.video ? [new Track('video', 'c')] : [])];
    const of = (kind: string): Track[] => tracks.filter((one) => one.kind === kind);
    asked.push({
      wish,
      give: () => {
        given.push(...tracks);
        resolve({ getTracks: () => tracks, getAudioTracks: () => of('audio'), getVideoTracks: () => of('video') });
      },
      refuse: (name) => reject(Object.assign(new Error(name), { name })),
    });
  });
}

/** Lets everything that was promised happen. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  asked = [];
  given = [];
  Object.defineProperty(globalThis, 'isSecureContext', { value: true, configurable: true });
  Object.defineProperty(globalThis, 'navigator', { value: { mediaDevices: { getUserMedia } }, configurable: true });
});

test('both are asked for with one question', async () => {
  const local = new Local();
  void local.startBoth();
  await settle();
  assert.equal(asked.length, 1);
  asked[0]?.give();
  await settle();
  assert.equal(local.camera.value.on, true);
  assert.equal(local.microphone.value.on, true);
});

test('when both fail together each is asked for, and the one at fault is named', async () => {
  const local = new Local();
  void local.startBoth();
  await settle();
  asked[0]?.refuse('NotReadableError');
  await settle();
  asked[1]?.give();
  await settle();
  asked[2]?.refuse('NotReadableError');
  await settle();
  assert.equal(local.microphone.value.on, true);
  assert.deepEqual(local.camera.value, { on: false, track: null, problem: 'busy' });
});

test('a camera that is allowed only after the page was left is let go at once', async () => {
  const local = new Local();
  void local.startBoth();
  await settle();
  local.stop();
  asked[0]?.give();
  await settle();
  assert.deepEqual(given.map((one) => one.readyState), ['ended', 'ended']);
  assert.equal(local.camera.value.track, null);
});

test('a muted microphone is kept and comes back without a question; a camera turned off is let go', async () => {
  const local = new Local();
  void local.startBoth();
  await settle();
  asked[0]?.give();
  await settle();
  const [audio, video] = given;
  await local.set('microphone', false);
  await local.set('camera', false);
  assert.deepEqual([audio?.enabled, audio?.readyState, video?.readyState], [false, 'live', 'ended']);
  await local.set('microphone', true);
  assert.equal(audio?.enabled, true);
  assert.equal(asked.length, 1);
});

test('a camera that is pulled out says that it stopped', async () => {
  const local = new Local();
  void local.set('camera', true);
  await settle();
  asked[0]?.give();
  await settle();
  given[0]?.onended?.();
  assert.deepEqual(local.camera.value, { on: false, track: null, problem: 'stopped' });
});
