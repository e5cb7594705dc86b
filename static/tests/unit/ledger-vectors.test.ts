/** The verifier of this page and Rust's say the same of every proof, head and key map proof in ledger/tests/proof_vectors.json. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { bindingOf, labelOf, mapped, valueOf } from '../../src/ledger/keymap.ts';
import { extended, includes } from '../../src/ledger/merkle.ts';
import { keysOnLog } from '../../src/ledger/peers.ts';
import { parsePolicy, readPolicy, verifyHead } from '../../src/ledger/policy.ts';
import { provesRecord, verifyProof } from '../../src/ledger/proof.ts';
import { Unproven } from '../../src/ledger/unproven.ts';
import { fromHex, hex, uuidBytes } from '../../src/seal/bytes.ts';

const vectors = JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', '..', 'ledger', 'tests', 'proof_vectors.json'), 'utf8'));
const policy = await readPolicy(vectors.policy);

const all = (of: string[]): ReturnType<typeof fromHex>[] => of.map(fromHex);
const uuid = (of: string): string => of.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** What is wrong, as both say it; null when the verifier believes. */
async function why(work: () => Promise<unknown>): Promise<string | null> {
  return work().then(() => null, (error: unknown) => {
    if (error instanceof Unproven) return error.why;
    throw error;
  });
}

test('the policy is the same as a file', async () => {
  assert.deepEqual(await parsePolicy(vectors.policy.text), policy);
});

test('places in trees, and trees that grew, are judged alike', async () => {
  assert.ok(vectors.trees.inclusion.length > 50 && vectors.trees.consistency.length > 50);
  for (const { leaf, index, size, path, root, right } of vectors.trees.inclusion) {
    assert.equal(await includes(fromHex(root), size, index, fromHex(leaf), all(path)), right, `${index} in ${size}`);
  }
  for (const { old, was, new: now, is, path, right } of vectors.trees.consistency) {
    const tree = (size: number, of: string) => ({ size, root: fromHex(of) });
    assert.equal(await extended(tree(old, was), tree(now, is), all(path)), right, `${old} to ${now}`);
  }
});

for (const head of vectors.heads) {
  test(`a head: ${head.name}`, async () => {
    assert.equal(await why(() => verifyHead(head.note, policy)), head.why);
    if (head.why === null) assert.deepEqual((await verifyHead(head.note, policy)).signers, head.signers);
  });
}

for (const proof of vectors.proofs) {
  test(`a proof: ${proof.name}`, async () => {
    assert.equal(await why(() => verifyProof(proof.file, policy)), proof.why);
    if (proof.why !== null) return;
    const { head, index, opening: { leaf, thing, committed } } = await verifyProof(proof.file, policy);
    const said = proof.proven;
    assert.deepEqual([leaf.entry.kind, index, head.size, leaf.batch, leaf.at], [said.kind, said.index, said.size, said.seq, said.time]);
    assert.deepEqual([thing.word, hex(uuidBytes(thing.id)), thing.version], [said.word, said.id, said.version]);
    assert.equal(committed.kind, said.opened);
    assert.deepEqual(committed.kind === 'statement' ? [...committed.facts] : [], said.facts);
  });
}

test('a record is what its proof is about, to the last bit', async () => {
  const { file, proven: { id } } = vectors.proofs.find((proof: { name: string }) => proof.name === 'a record');
  const [proven, object] = [await verifyProof(file, policy), fromHex(vectors.object)];
  const record = { id: uuid(id), ver: 1, kind: 'prescription' };
  assert.equal(await why(() => provesRecord(proven, record, object)), null);
  object[3]! ^= 1;
  assert.equal(await why(() => provesRecord(proven, record, object)), 'changed');
});

test('labels, bindings and what the map has for them have the same names', async () => {
  const { salt, person, label, devices, values } = vectors.names;
  assert.equal(hex(await labelOf(uuid(person), fromHex(salt))), label);
  const bindings = devices.map(({ rsa_hash, ed }: Record<string, string>) => ({ rsaHash: fromHex(rsa_hash!), ed: fromHex(ed!) }));
  for (const [at, { binding }] of devices.entries()) assert.equal(hex(await bindingOf(bindings[at])), binding);
  for (const [count, value] of values.entries()) {
    const made = await valueOf(bindings.slice(0, count).reverse());
    assert.equal(made && hex(made), value);
  }
});

for (const way of vectors.ways) {
  test(`a way in the key map: ${way.name}`, async () => {
    const found = () => mapped(fromHex(way.way), fromHex(way.label), fromHex(way.root));
    assert.equal(await why(found), way.why);
    if (way.why !== null) return;
    const value = await found();
    assert.equal(value && hex(value), way.value);
  });
}

for (const one of vectors.keys) {
  test(`keys on the log: ${one.name}`, async () => {
    const keys = one.devices.map((at: number) => vectors.names.devices[at]);
    const proof = {
      person: uuid(one.person),
      salt: fromHex(one.salt),
      keys: keys.map(({ rsa_hash, ed }: Record<string, string>) => ({ rsaHash: fromHex(rsa_hash!), ed: fromHex(ed!) })),
      pending: [],
      checkpoint: one.checkpoint,
      map: { index: one.index, path: all(one.path), leaf: fromHex(one.leaf) },
      way: fromHex(one.way),
    };
    const witness = { see: (note: string) => verifyHead(note, policy) };
    assert.equal(await why(() => keysOnLog(proof, uuid(one.person), witness)), one.why);
  });
}
