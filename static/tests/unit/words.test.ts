/** What is inside a message goes in and comes out the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { pack, size, unpack } from '../../src/words.ts';

for (const text of ['', 'Good morning', 'दवा दिन में दो बार', 'ਸਤ ਸ੍ਰੀ ਅਕਾਲ', '🙂 "quoted"\n\\', 'x'.repeat(15_000)]) {
  test(`${text.slice(0, 12) || 'nothing'} is the same after the way there and back`, () => {
    const body = pack(text);
    assert.match(body, /^[A-Za-z0-9_-]+$/);
    assert.equal(unpack(body), text);
    assert.equal(Buffer.from(body, 'base64url').length, size(text));
  });
}

for (const body of ['', '!', 'aGVsbG8', Buffer.from('{"sealed":1}').toString('base64url'), Buffer.from([0xff, 0xfe]).toString('base64url')]) {
  test(`bytes that are no message of ours are nothing to show: ${body}`, () => {
    assert.equal(unpack(body), null);
  });
}
