/** Trees and their two proofs: the known roots, every proof up to a size, and every bit that is turned. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { extended, includes, leafHash, rootOf } from '../../src/ledger/merkle.ts';
import { fromHex, hex } from '../../src/seal/bytes.ts';
import { consistency, leafOf, path, root, u } from './ledger-log.ts';

/** The leaves that implementations of RFC 6962 share as examples, and the roots of the first one, two, … of them. */
const EXAMPLES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map(fromHex);
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d', 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77', 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4', '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c', '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

/** Largest tree of which every proof is tried. */
const MOST = 40;
const leaves = Array.from({ length: MOST }, (_, i) => u(i, 8));

/** The same bytes with one bit turned. */
function turned(bytes: Uint8Array, bit: number): Uint8Array<ArrayBuffer> {
  const other = new Uint8Array(bytes);
  other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return other;
}

test('the examples of RFC 6962 have their known roots, from every leaf', async () => {
  for (const [i, expected] of ROOTS.entries()) {
    const some = EXAMPLES.slice(0, i + 1);
    for (const [at, leaf] of some.entries()) {
      const found = await rootOf(at, some.length, await leafHash(leaf), path(at, some));
      assert.equal(found === null ? null : hex(found), expected, `leaf ${at} of ${some.length}`);
    }
  }
});

test('every leaf of every tree is proven to be in it, and nowhere else', async () => {
  for (let size = 1; size <= MOST; size += 1) {
    const tree = leaves.slice(0, size);
    const top = root(tree);
    for (let at = 0; at < size; at += 1) {
      const [hash, proof] = [leafOf(tree[at] ?? u(0, 8)), path(at, tree)];
      assert.ok(await includes(top, size, at, hash, proof), `${at} of ${size}`);
      assert.ok(!(await includes(top, size, at + 1, hash, proof)), `${at} of ${size} elsewhere`);
      assert.ok(!(await includes(top, size, at, hash, [...proof, top])), 'with one hash more');
      if (proof.length > 0) assert.ok(!(await includes(top, size, at, hash, proof.slice(1))), 'with one hash less');
    }
  }
});

test('no bit of a proof can be turned', async () => {
  const tree = leaves.slice(0, 13);
  const [top, hash, proof] = [root(tree), leafOf(tree[9] ?? u(0, 8)), path(9, tree)];
  for (const [i, one] of proof.entries()) {
    for (let bit = 0; bit < 256; bit += 1) {
      const wrong = proof.map((same, j) => (i === j ? turned(one, bit) : same));
      assert.ok(!(await includes(top, 13, 9, hash, wrong)));
    }
  }
  for (let bit = 0; bit < 256; bit += 1) assert.ok(!(await includes(top, 13, 9, turned(hash, bit), proof)));
});

test('every tree is proven to begin every larger one', async () => {
  for (let after = 1; after <= MOST; after += 1) {
    const larger = { size: after, root: root(leaves.slice(0, after)) };
    for (let before = 1; before <= after; before += 1) {
      const smaller = { size: before, root: root(leaves.slice(0, before)) };
      const proof = consistency(before, leaves.slice(0, after));
      assert.ok(await extended(smaller, larger, proof), `${before} to ${after}`);
      if (before === after) continue;
      assert.ok(!(await extended({ ...smaller, root: turned(smaller.root, 3) }, larger, proof)), 'another beginning');
      assert.ok(!(await extended(smaller, { ...larger, root: turned(larger.root, 3) }, proof)), 'another end');
      assert.ok(!(await extended(smaller, larger, proof.slice(0, -1))), 'one hash less');
      assert.ok(!(await extended(smaller, larger, [...proof, larger.root])), 'one hash more');
    }
  }
});

test('a log that became shorter, or says two things of one size, is no extension', async () => {
  const [four, five] = [4, 5].map((size) => ({ size, root: root(leaves.slice(0, size)) }));
  assert.ok(four !== undefined && five !== undefined);
  assert.ok(!(await extended(five, four, [])));
  assert.ok(!(await extended(four, { size: 4, root: five.root }, [])));
  assert.ok(await extended({ size: 0, root: root([]) }, four, []));
});
