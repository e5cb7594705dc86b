/** What a patient's key signs is the same here and on the server. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { approvalBytes, approvalMessage, terms, type Says, type Terms } from '../../src/consents.ts';
import { hex } from '../../src/seal/bytes.ts';

interface Vector extends Says {
  terms: string;
  message: string;
  signed: string;
}

const file = join(import.meta.dirname, '..', '..', '..', 'clinic', 'tests', 'consent_vectors.json');
const vectors = JSON.parse(readFileSync(file, 'utf8')) as { share: Vector; research: Vector };

const share: Terms = {
  subject: 'share', purpose: 'second_opinion', kinds: ['note', 'lab'], departments: ['Cardiology', 'General medicine'],
  minutes: 1440, text_version: 1, language: 'hi',
};
const research: Terms = {
  subject: 'research', purpose: 'research', kinds: [], departments: null, minutes: null, text_version: 1, language: 'en',
};

test('terms are written as the server writes them', () => {
  assert.equal(terms(share), vectors.share.terms);
  assert.equal(terms(research), vectors.research.terms);
});

test('an approval is the message the server expects', async () => {
  assert.equal(hex(await approvalBytes(vectors.share, share)), vectors.share.message);
  assert.equal(hex(await approvalMessage(vectors.share, share)), vectors.share.signed);
  assert.equal(hex(await approvalBytes(vectors.research, research)), vectors.research.message);
  assert.equal(hex(await approvalMessage(vectors.research, research)), vectors.research.signed);
});

test('an approval of something else is another message', async () => {
  assert.notEqual(hex(await approvalMessage(vectors.share, { ...share, minutes: 2880 })), vectors.share.signed);
  assert.notEqual(hex(await approvalMessage({ ...vectors.share, until: 1 }, share)), vectors.share.signed);
});
