/** Chunks: every one opens at its own place and nowhere else, and together they are the file. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { BadBytes, type Bytes, concat } from '../../src/seal/bytes.ts';
import { assembled, blockSize, CHUNK, Chunks, chunkOf, layout, MAX_FILE } from '../../src/seal/chunks.ts';
import { MAX_OBJECT } from '../../src/seal/jwe.ts';
import { Unopened } from '../../src/seal/primitives.ts';
import { id, seeded } from './seal-keys.ts';
import { everyFlipRefused } from './seal-sync.ts';

const chunks = (key = 'key', record = 'record', ver = 1) => Chunks.of(seeded(key), id(record), ver);

/** A file of this length that looks like nothing in particular. */
function fileOf(length: number): Bytes {
  const [piece, file] = [seeded('piece', 4096), new Uint8Array(length)];
  for (let at = 0; at < length; at += piece.length) file.set(piece.subarray(0, Math.min(piece.length, length - at)), at);
  return file;
}

test('a chunk opens at its own place, in its own version of its own record, with its own key', async () => {
  const sealer = await chunks();
  const block = await sealer.seal(3, false, seeded('plain', 100));
  assert.deepEqual(await sealer.open(3, false, block), seeded('plain', 100));
  const elsewhere: [Promise<Chunks> | Chunks, number, boolean][] = [
    [sealer, 2, false], [sealer, 3, true], [chunks('other'), 3, false], [chunks('key', 'other'), 3, false], [chunks('key', 'record', 2), 3, false],
  ];
  for (const [opener, index, last] of elsewhere) await assert.rejects((await opener).open(index, last, block), Unopened);
});

test('every turned bit of a chunk, and every cut, is refused', async () => {
  const sealer = await chunks();
  const block = await sealer.seal(0, true, seeded('plain', 40));
  await everyFlipRefused(block, (changed) => sealer.open(0, true, changed));
  for (const cut of [0, 15, 16, block.length - 1]) await assert.rejects(sealer.open(0, true, block.slice(0, cut)), Unopened);
});

test('a full chunk is exactly one block, and no chunk is more', async () => {
  const sealer = await chunks();
  assert.equal((await sealer.seal(0, false, new Uint8Array(CHUNK))).length, MAX_OBJECT);
  await assert.rejects(sealer.seal(0, false, new Uint8Array(CHUNK + 1)), BadBytes);
});

test('what is cut is put together again, whatever its length', async () => {
  const sealer = await chunks();
  for (const length of [1, 600_000, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5]) {
    const file = fileOf(length);
    const { count } = layout(length);
    const opened: Bytes[] = [];
    for (let index = 0; index < count; index += 1) {
      const block = await sealer.seal(index, index === count - 1, chunkOf(file, index));
      assert.equal(block.length, blockSize(length, index));
      opened.push(await sealer.open(index, index === count - 1, block));
    }
    assert.ok(Buffer.from(assembled(opened, length)).equals(file), `${length}`);
    assert.throws(() => assembled(opened.slice(1), length), BadBytes, 'one is missing');
    assert.throws(() => assembled([...opened, new Uint8Array(1)], length), BadBytes, 'one too many');
  }
});

test('bytes in the place of the padding are not taken for nothing', () => {
  const length = 1_000_001;
  const { total } = layout(length);
  const whole = concat(fileOf(length), new Uint8Array(total - length).fill(1));
  assert.throws(() => assembled([whole], length), BadBytes);
});

test('the largest file goes in 49 blocks', () => {
  assert.deepEqual(layout(MAX_FILE), { total: 50_331_648, count: 49 });
  assert.deepEqual(layout(0), { total: 1, count: 1 });
});
