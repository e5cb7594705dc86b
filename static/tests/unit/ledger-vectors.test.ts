/** The vectors that the server's crate makes: what it believes the pages believe, and what it refuses they refuse, for the same reason. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { readMapLeaf, referenceOf } from '../../src/ledger/entry.ts';
import { bindingOf, labelOf, mapped, valueOf } from '../../src/ledger/keymap.ts';
import { extended, includes } from '../../src/ledger/merkle.ts';
import { keysOnLog, type KeyProof } from '../../src/ledger/peers.ts';
import { parsePolicy, readPolicy, verifyHead } from '../../src/ledger/policy.ts';
import { type Proven, verifyProof } from '../../src/ledger/proof.ts';
import { Unproven } from '../../src/ledger/unproven.ts';
import { type Bytes, fromHex, hex } from '../../src/seal/bytes.ts';

interface Facts {
  kind: string; index: number; size: number; seq: number; time: number; word: string; id: string; version: number; reference: string; opened: string; facts: [string, string][];
}

interface Vectors {
  policy: { log: string; validators: string[]; threshold: number; text: string };
  trees: {
    inclusion: { leaf: string; index: number; size: number; path: string[]; root: string; right: boolean }[];
    consistency: { old: number; was: string; new: number; is: string; path: string[]; right: boolean }[];
  };
  heads: { name: string; note: string; why: string | null; signers?: string[] }[];
  proofs: { name: string; file: string; why: string | null; proven?: Facts }[];
  names: { salt: string; person: string; label: string; devices: { rsa_hash: string; ed: string; binding: string }[]; values: (string | null)[] };
  ways: { name: string; way: string; label: string; root: string; why: string | null; value?: string | null }[];
  keys: { name: string; person: string; salt: string; devices: number[]; checkpoint: string; index: number; path: string[]; leaf: string; way: string; why: string | null }[];
}

const vectors = JSON.parse(readFileSync(join(import.meta.dirname, '../../../ledger/tests/proof_vectors.json'), 'utf8')) as Vectors;
const policy = await readPolicy(vectors.policy);

/** What came of it: a value, or the word for what is wrong. */
async function verdict<T>(work: () => Promise<T>): Promise<{ why: string | null; value: T | null }> {
  try {
    return { why: null, value: await work() };
  } catch (error) {
    assert.ok(error instanceof Unproven, String(error));
    return { why: error.why, value: null };
  }
}

const dashed = (id: string): string => id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
const hashes = (path: readonly string[]): Bytes[] => path.map(fromHex);

test('trees: every leaf and every growth, right and wrong', async () => {
  for (const { leaf, index, size, path, root, right } of vectors.trees.inclusion) assert.equal(await includes(fromHex(root), size, index, fromHex(leaf), hashes(path)), right, `${index} of ${size}`);
  for (const one of vectors.trees.consistency) {
    const found = await extended({ size: one.old, root: fromHex(one.was) }, { size: one.new, root: fromHex(one.is) }, hashes(one.path));
    assert.equal(found, one.right, `${one.old} to ${one.new}`);
  }
});

test('the policy is the same as keys and as a file', async () => {
  assert.deepEqual(await parsePolicy(vectors.policy.text), policy);
});

test('heads: who signed, and why they are refused', async () => {
  for (const { name, note, why, signers } of vectors.heads) {
    const found = await verdict(() => verifyHead(note, policy));
    assert.equal(found.why, why, name);
    if (signers !== undefined && found.value !== null) assert.deepEqual([...found.value.signers].sort(), [...signers].sort(), name);
  }
});

/** What a proof says, as the vectors write it. */
async function said({ head, index, opening: { leaf, thing, committed } }: Proven): Promise<Omit<Facts, 'facts'>> {
  const [{ kind }, { kind: opened }, reference] = [leaf.entry, committed, await referenceOf(thing)];
  return { kind, index, size: head.size, seq: leaf.batch, time: leaf.at, word: thing.word, id: thing.id.replaceAll('-', ''), version: thing.version, reference: hex(reference), opened };
}

test('proof files: what they prove, and why they are refused', async () => {
  for (const { name, file, why, proven } of vectors.proofs) {
    const found = await verdict(() => verifyProof(file, policy));
    assert.equal(found.why, why, name);
    if (proven === undefined || proven === null || found.value === null) continue;
    const { facts, ...rest } = proven;
    assert.deepEqual(await said(found.value), rest, name);
    const { committed } = found.value.opening;
    if (committed.kind === 'statement') assert.deepEqual([...committed.facts], facts, name);
  }
});

test('the map: names, values, and the ways to them', async () => {
  const { salt, person, label, devices, values } = vectors.names;
  assert.equal(hex(await labelOf(dashed(person), fromHex(salt))), label);
  const bindings = devices.map((one) => ({ rsaHash: fromHex(one.rsa_hash), ed: fromHex(one.ed) }));
  for (const [i, one] of bindings.entries()) assert.equal(hex(await bindingOf(one)), devices[i]?.binding);
  for (const [count, expected] of values.entries()) {
    const value = await valueOf(bindings.slice(0, count));
    assert.equal(value === null ? null : hex(value), expected);
  }
  for (const { name, way, label: of, root, why, value } of vectors.ways) {
    const found = await verdict(() => mapped(fromHex(way), fromHex(of), fromHex(root)));
    assert.equal(found.why, why, name);
    if (why === null) assert.equal(found.value === null ? null : hex(found.value), value ?? null, name);
  }
});

test('keys on the log: whose they are, and why a server is not believed', async () => {
  for (const one of vectors.keys) {
    const keys = one.devices.map((i) => ({ rsaHash: fromHex(vectors.names.devices[i]?.rsa_hash ?? ''), ed: fromHex(vectors.names.devices[i]?.ed ?? '') }));
    const map = { index: one.index, path: hashes(one.path), leaf: fromHex(one.leaf) };
    const proof: KeyProof = { person: dashed(one.person), salt: fromHex(one.salt), keys, pending: [], checkpoint: one.checkpoint, map, way: fromHex(one.way) };
    const found = await verdict(() => keysOnLog(proof, dashed(one.person), { see: (note) => verifyHead(note, policy) }));
    assert.equal(found.why, one.why, one.name);
    if (one.why === null) assert.equal(readMapLeaf(map.leaf).root.length, 32);
  }
});
