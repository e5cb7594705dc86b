/** Every way in which a camera or microphone can't be had has a name. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { acquire, family, problemOf } from '../../src/devices.ts';

test('the errors of browsers, old names too, are told apart', () => {
  const names = ['NotFoundError', 'NotAllowedError', 'NotReadableError', 'TrackStartError', 'AbortError', 'OverconstrainedError', 'SecurityError', 'Whatever'];
  assert.deepEqual(names.map(problemOf), ['none', 'denied', 'busy', 'busy', 'busy', 'none', 'insecure', 'unknown']);
});

test('on an insecure page nothing is asked for', async () => {
  assert.deepEqual(await acquire('camera', null), { problem: 'insecure' });
});

test('the instructions are those of the browser in use', () => {
  const agents = [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36',
    'Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0',
    'Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Mobile Safari/537.36',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/156.0 Mobile/15E148 Safari/604.1',
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15',
    'curl/8',
  ];
  assert.deepEqual(agents.map(family), ['chrome', 'firefox', 'android', 'ios', 'safari', 'other']);
});
