/** A browser that can't seal frames or make the keys takes part in no call. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { lackOf } from '../../src/visit/lack.ts';

/** Runs with this as the browser's transform, and with these algorithms only. */
async function within<T>(transform: unknown, algorithms: readonly string[], run: () => Promise<T>): Promise<T> {
  const { subtle } = crypto;
  const generate = subtle.generateKey.bind(subtle);
  if (transform !== undefined) Object.assign(globalThis, { RTCRtpScriptTransform: transform });
  subtle.generateKey = ((name: string, ...rest: [boolean, KeyUsage[]]) => {
    if (!algorithms.includes(name)) return Promise.reject(new DOMException('no such algorithm', 'NotSupportedError'));
    return generate(name, ...rest);
  }) as typeof subtle.generateKey;
  try {
    return await run();
  } finally {
    Reflect.deleteProperty(globalThis, 'RTCRtpScriptTransform');
    Reflect.deleteProperty(subtle, 'generateKey');
  }
}

class Transform {}
const BOTH = ['X25519', 'Ed25519'];

test('a browser with transforms and both kinds of keys may come in', async () => {
  assert.equal(await within(Transform, BOTH, () => lackOf(true)), null);
});

test('a browser without transforms may not', async () => {
  assert.equal(await within(undefined, BOTH, () => lackOf(true)), 'browser');
});

for (const one of BOTH) {
  test(`a browser that has only ${one} may not`, async () => {
    assert.equal(await within(Transform, [one], () => lackOf(true)), 'browser');
  });
}

test('a page that is not secure is told so, whatever the browser can', async () => {
  assert.equal(await within(Transform, BOTH, () => lackOf(false)), 'insecure');
});
