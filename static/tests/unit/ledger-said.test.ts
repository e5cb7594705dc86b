/** What one's own key says to the log is the same here and on the server. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { referenceOf } from '../../src/ledger/entry.ts';
import { messageOf, ofGrant, ofKey, type Statement } from '../../src/ledger/says.ts';
import { hex, utf8 } from '../../src/seal/bytes.ts';
import { sha256 } from '../../src/seal/primitives.ts';

const file = join(import.meta.dirname, '..', '..', '..', 'clinic', 'tests', 'anchor_vectors.json');
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
const id = (n: number) => `00000000-0000-0000-0000-${n.toString(16).padStart(12, '0')}`;
const filled = (n: number) => new Uint8Array(32).fill(n);
const END = 1_790_000_000_000;

test('a key, a consent and an emergency are said as the server says them', async () => {
  assert.equal(hex(messageOf(await ofKey(id(1), filled(3), utf8('spki'), filled(4)))), vectors.key);
  assert.equal(hex(messageOf(await ofGrant(id(9), utf8('terms'), END))), vectors.grant);
  assert.equal(hex(messageOf(await ofGrant(id(9), utf8('terms'), 0))), vectors.stands);
  const reference = await referenceOf({ word: 'consent', id: id(9), version: 0 });
  const glass: Statement = { kind: 'break_glass', reference, parent: filled(0), commitment: await sha256(utf8('why')), notAfter: END };
  assert.equal(hex(messageOf(glass)), vectors.glass);
});

test('a record is said with what it stands on', async () => {
  const put: Statement = { kind: 'record_put', reference: await referenceOf({ word: 'record', id: id(7), version: 1 }), parent: filled(0), commitment: filled(6), notAfter: 0 };
  assert.equal(hex(messageOf(put)), vectors.put);
  const room = await referenceOf({ word: 'room', id: id(5), version: 0 });
  const reference = await referenceOf({ word: 'record', id: id(7), version: 2 });
  assert.equal(hex(messageOf({ ...put, kind: 'record_amended', reference, parent: room })), vectors.amend);
});
