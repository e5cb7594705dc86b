/** How long a message may be is decided by what it weighs once it is sealed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fromBase64url } from '../../src/seal/bytes.ts';
import { makeGuest } from '../../src/seal/member.ts';
import { sealBody } from '../../src/seal/transcript.ts';
import { MAX_BODY } from '../../src/wire.ts';
import { fits, size } from '../../src/words.ts';
import { id, seeded } from './seal-keys.ts';

for (const text of ['', 'Good morning', 'दवा दिन में दो बार', 'ਸਤ ਸ੍ਰੀ ਅਕਾਲ', '🙂 "quoted"\n\\', 'x'.repeat(15_000)]) {
  test(`${text.slice(0, 12) || 'nothing'} weighs sealed what we say it does`, async () => {
    const author = await makeGuest();
    const seen = { seq: 3, hash: seeded('link') };
    const body = await sealBody(seeded('key'), { visit: id('visit'), message: id('message'), author, seen, text });
    assert.equal(body.length, size(text));
    assert.equal(fromBase64url(Buffer.from(body).toString('base64url')).length, size(text));
  });
}

test('the longest text that fits is as long as the server takes', () => {
  const longest = 'x'.repeat(MAX_BODY - size(''));
  assert.ok(fits(longest));
  assert.ok(!fits(`${longest}x`));
});
