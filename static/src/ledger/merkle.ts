/** The Merkle tree of RFC 6962 §2.1: hashes of leaves and nodes, and the two proofs, checked and never made. */
import { type Bytes, concat, same } from '../seal/bytes.ts';
import { sha256 } from '../seal/primitives.ts';

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export function leafHash(leaf: Uint8Array): Promise<Bytes> {
  return sha256(LEAF, leaf);
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Promise<Bytes> {
  return sha256(NODE, left, right);
}

/** A copy, so that nobody changes what a proof was made of while it is checked. */
const copy = (hash: Uint8Array): Bytes => concat(hash);

/** How many nodes above level 0 the place `index` has, in a tree whose last leaf is `last`, before it is on the right border: RFC 9162 §2.1.3.2. */
function inner(index: number, last: number): number {
  let level = 0;
  for (let [at, end] = [index, last]; at !== end; level += 1) [at, end] = [Math.floor(at / 2), Math.floor(end / 2)];
  return level;
}

/** Bits that are set from this level on. */
function ones(value: number, from: number): number {
  let count = 0;
  for (let rest = Math.floor(value / 2 ** from); rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}

const bit = (value: number, level: number): boolean => Math.floor(value / 2 ** level) % 2 === 1;

/** The root of a tree of `size` leaves that has this leaf's hash at `index`, as a proof says; null for a proof of the wrong length. */
export async function rootOf(index: number, size: number, hash: Uint8Array, path: readonly Uint8Array[]): Promise<Bytes | null> {
  if (index < 0 || index >= size) return null;
  const within = inner(index, size - 1);
  if (path.length !== within + ones(index, within)) return null;
  let root = copy(hash);
  for (const [level, sibling] of path.entries()) {
    const left = level >= within || bit(index, level);
    root = left ? await nodeHash(sibling, root) : await nodeHash(root, sibling);
  }
  return root;
}

/** Whether the leaf is at `index` of the tree of this size and root. */
export async function includes(root: Uint8Array, size: number, index: number, hash: Uint8Array, path: readonly Uint8Array[]): Promise<boolean> {
  const found = await rootOf(index, size, hash, path);
  return found !== null && same(found, root);
}

/** A head of the log: how many leaves, and their root. */
export interface Tree {
  size: number;
  /** 32 bytes. */
  root: Bytes;
}

/** Whether the tree `after` begins with all of the tree `before`: RFC 9162 §2.1.4.2. An empty tree begins every tree. */
export async function extended(before: Tree, after: Tree, proof: readonly Uint8Array[]): Promise<boolean> {
  if (before.size > after.size) return false;
  if (before.size === after.size) return proof.length === 0 && same(before.root, after.root);
  if (before.size === 0) return proof.length === 0;
  const whole = 2 ** Math.round(Math.log2(before.size)) === before.size;
  const [first, ...rest] = whole ? [before.root, ...proof] : proof;
  if (first === undefined) return false;
  const roots = await climb(before.size - 1, after.size - 1, first, rest);
  return roots !== null && same(roots.before, before.root) && same(roots.after, after.root);
}

/** Both roots that a consistency proof gives; null when it is too short or too long. */
async function climb(from: number, to: number, first: Uint8Array, rest: readonly Uint8Array[]): Promise<{ before: Bytes; after: Bytes } | null> {
  let [at, end] = [from, to];
  for (; at % 2 === 1; end = Math.floor(end / 2)) at = Math.floor(at / 2);
  let [before, after] = [copy(first), copy(first)];
  for (const hash of rest) {
    if (end === 0) return null;
    if (at % 2 === 1 || at === end) {
      [before, after] = await Promise.all([nodeHash(hash, before), nodeHash(hash, after)]);
      for (; at % 2 === 0 && at !== 0; end = Math.floor(end / 2)) at = Math.floor(at / 2);
    } else {
      after = await nodeHash(after, hash);
    }
    [at, end] = [Math.floor(at / 2), Math.floor(end / 2)];
  }
  return end === 0 ? { before, after } : null;
}
