/** The file that both languages read says what this code does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { build, current } from './seal-vectors.ts';

test('the vectors in the file are the ones that this code makes', async () => {
  const written = current();
  assert.deepEqual(JSON.parse(JSON.stringify(await build(written))), written);
});
