/** The page reads every message the server may send, and speaks only what the server knows. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { isRecord, ShapeError } from '../../src/shape.ts';
import { readServer } from '../../src/wire.ts';

const file = new URL('../../../clinic/tests/wire_examples.json', import.meta.url);
const examples = JSON.parse(readFileSync(file, 'utf8')) as { client: Record<string, unknown>[]; server: Record<string, unknown>[] };

/** True when every field that `read` has stands in `sent` with the same value (null stands for absent). */
function within(read: unknown, sent: unknown): boolean {
  if (Array.isArray(read)) return Array.isArray(sent) && read.length === sent.length && read.every((one, i) => within(one, sent[i]));
  if (!isRecord(read)) return read === (sent ?? null);
  return isRecord(sent) && Object.entries(read).every(([name, value]) => within(value, sent[name]));
}

for (const [i, example] of examples.server.entries()) {
  test(`the server's ${String(example.t)} (example ${i}) is read whole`, () => {
    const read = readServer(JSON.stringify(example));
    assert.ok(read !== null, 'unknown kind');
    assert.ok(within(read, example), `read as ${JSON.stringify(read)}`);
    const missed = Object.keys(example).filter((name) => !(name in read));
    assert.deepEqual(missed, []);
  });
}

test('what the page says is what the server has examples of', () => {
  const spoken = ['join', 'offer', 'say', 'history', 'show', 'pass', 'admit', 'remove', 'leave', 'end', 'ping'];
  assert.deepEqual([...new Set(examples.client.map((one) => one.t))].sort(), spoken.sort());
});

test('a kind of a newer server is passed over', () => {
  assert.equal(readServer('{"t":"hologram","seat":7}'), null);
});

test('fields of a newer server are passed over', () => {
  assert.deepEqual(readServer('{"t":"done","re":4,"soon":true}'), { t: 'done', re: 4 });
});

for (const nonsense of ['', 'hello', '[]', 'null', '{"re":1}', '{"t":"done"}', '{"t":"done","re":"1"}', '{"t":"slots","visit":"v","slots":[{"seat":null}]}', '{"t":"quality","visit":"v","seat":"s","level":"fine"}']) {
  test(`nonsense is refused: ${nonsense}`, () => {
    assert.throws(() => readServer(nonsense), ShapeError);
  });
}

test('names of methods that objects inherit are not kinds', () => {
  assert.equal(readServer('{"t":"toString"}'), null);
  assert.equal(readServer('{"t":"__proto__"}'), null);
});
