/** Proof files: what they prove of a record, a consent and an access log, and every way in which they don't. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readPolicy } from '../../src/ledger/policy.ts';
import { provesRecord, readProof, verifyProof } from '../../src/ledger/proof.ts';
import { Unproven, type Why } from '../../src/ledger/unproven.ts';
import { utf8 } from '../../src/seal/bytes.ts';
import { commitment, join, leaf, leafOf, Log, mapLeaf, opening, path, type Raw, reference, root, sha, sized, u, uuid } from './ledger-log.ts';

const RECORD = '0190a3c4-1111-4abc-8def-0123456789ab';
const OTHER = '0190a3c4-2222-4abc-8def-0123456789ab';
const SALT = sha('salt');
const OBJECT = utf8('protected, iv, ciphertext and tag');
const AT = 1_763_000_000_000;

const recordLeaf = (kind = 9, outcome = 0): Raw =>
  leaf({ kind, outcome, at: AT, reference: reference('record', RECORD, 2), commitment: commitment('note', SALT, sha(OBJECT)) });
const recordOpening = (of = recordLeaf(), object: Uint8Array = OBJECT): Raw =>
  opening(of, 'record', RECORD, 2, u(1, 1), sized('note'), SALT, sha(object));

/** A log in which `of` stands between others. */
function logWith(of: Uint8Array): Log {
  const log = new Log();
  log.leaves.push(mapLeaf(sha('a')), leaf({ kind: 13, reference: sha('room') }), of, mapLeaf(sha('b')), mapLeaf(sha('c')));
  return log;
}

const log = logWith(recordLeaf());
const policy = await readPolicy(log.policy);
const proof = log.proof(2, recordOpening());

async function refused(work: () => unknown, why: Why): Promise<void> {
  await assert.rejects(async () => work(), (error: unknown) => error instanceof Unproven && error.why === why);
}

test('a proof says which record was kept when, and fits its sealed bytes', async () => {
  const proven = await verifyProof(proof, policy);
  assert.deepEqual(proven.opening.thing, { word: 'record', id: RECORD, version: 2 });
  assert.deepEqual([proven.index, proven.opening.leaf.at, proven.opening.leaf.entry.kind], [2, AT, 'record_put']);
  await provesRecord(proven, { id: RECORD, ver: 2, kind: 'note' }, OBJECT);
});

test('it proves no other record, version, kind or bytes', async () => {
  const proven = await verifyProof(proof, policy);
  await refused(() => provesRecord(proven, { id: OTHER, ver: 2, kind: 'note' }, OBJECT), 'other_thing');
  await refused(() => provesRecord(proven, { id: RECORD, ver: 1, kind: 'note' }, OBJECT), 'other_thing');
  await refused(() => provesRecord(proven, { id: RECORD, ver: 2, kind: 'letter' }, OBJECT), 'other_thing');
  const changed = OBJECT.slice();
  changed[5] = (changed[5] ?? 0) ^ 1;
  await refused(() => provesRecord(proven, { id: RECORD, ver: 2, kind: 'note' }, changed), 'changed');
});

test('an opening that does not fit the entry is refused', async () => {
  const of = (extra: Uint8Array): Promise<unknown> => verifyProof(log.proof(2, extra), policy);
  await refused(() => of(recordOpening(recordLeaf(), utf8('other bytes'))), 'changed');
  await refused(() => of(opening(recordLeaf(), 'record', OTHER, 2, u(1, 1), sized('note'), SALT, sha(OBJECT))), 'other_thing');
  await refused(() => of(opening(recordLeaf(), 'record', RECORD, 1, u(1, 1), sized('note'), SALT, sha(OBJECT))), 'other_thing');
  await refused(() => of(opening(recordLeaf(), 'consent', RECORD, 2, u(1, 1), sized('note'), SALT, sha(OBJECT))), 'other_thing');
  await refused(() => of(join(recordOpening(), u(0, 1))), 'damaged');
  await refused(() => of(recordOpening().slice(0, -1)), 'damaged');
  await refused(() => verifyProof(log.proof(2, null), policy), 'no_entry');
});

test('an entry that is not in the log is refused, however well it is opened', async () => {
  const elsewhere = leaf({ kind: 9, at: AT - 1, reference: reference('record', RECORD, 2), commitment: commitment('note', SALT, sha(OBJECT)) });
  await refused(() => verifyProof(log.proof(2, recordOpening(elsewhere)), policy), 'not_in_log');
  await refused(() => verifyProof(log.proof(1, recordOpening()), policy), 'not_in_log');
});

test('what the validators did not let stand proves nothing', async () => {
  const bad = recordLeaf(9, 4);
  const with_ = logWith(bad);
  await refused(() => verifyProof(with_.proof(2, recordOpening(bad)), policy), 'void');
});

test('that a record was erased is no proof of what it said', async () => {
  const erased = recordLeaf(11);
  const proven = await verifyProof(logWith(erased).proof(2, recordOpening(erased)), policy);
  await refused(() => provesRecord(proven, { id: RECORD, ver: 2, kind: 'note' }, OBJECT), 'other_thing');
});

test('no character of a proof can be changed', async () => {
  for (let at = 0; at < proof.length; at += 1) {
    const wrong = proof.slice(0, at) + (proof[at] === 'A' ? 'B' : 'A') + proof.slice(at + 1);
    // A signature whose name or key is not known any more counts for nothing, and two are too few.
    await assert.rejects(verifyProof(wrong, policy), Unproven, `at ${at}: ${JSON.stringify(proof.slice(at, at + 20))}`);
  }
});

test('a file that is no proof says so', async () => {
  for (const text of ['', 'hello', '{"a":1}', 'c2sp.org/tlog-proof@v2\nindex 0\n\n', 'c2sp.org/tlog-proof@v1\nindex 0\n']) await refused(() => readProof(text), 'not_a_proof');
  for (const head of ['', 'index 01', 'index -1', 'index x', 'extra !!\nindex 0', 'index 0\nQUJD', 'index 99999999999999999999']) {
    await refused(() => readProof(`c2sp.org/tlog-proof@v1\n${head}\n\nnote\n`), 'damaged');
  }
});

test('a proof of a consent shows the very words that were committed to', async () => {
  const id = OTHER;
  const statement = `vaidya/consent/v1\npatient ${RECORD}\nfor Dr. Rao\ndata note,lab\nstate granted\n`;
  const granted = leaf({ kind: 6, reference: reference('consent', id), commitment: commitment('consent', SALT, sha(statement)) });
  const open = (said: string): Raw => opening(granted, 'consent', id, 0, u(2, 1), sized('consent'), SALT, sized(said));
  const with_ = logWith(granted);
  const { opening: { committed } } = await verifyProof(with_.proof(2, open(statement)), policy);
  assert.ok(committed.kind === 'statement');
  assert.deepEqual([...committed.facts], [['patient', RECORD], ['for', 'Dr. Rao'], ['data', 'note,lab'], ['state', 'granted']]);
  await refused(() => verifyProof(with_.proof(2, open(statement.replace('note,lab', 'note'))), policy), 'changed');
});

test('a proof of a consent that was signed shows the message and the text under it', async () => {
  const text = 'subject share\npurpose second_opinion\nkinds note\n';
  const message = join('vaidya/consent/v1', uuid(OTHER), uuid(RECORD), uuid(OTHER), uuid(RECORD), u(AT, 8), sha(text));
  const granted = leaf({ kind: 6, reference: reference('consent', OTHER), commitment: sha(message) });
  const with_ = logWith(granted);
  const of = (said: Uint8Array, words: string): Promise<unknown> =>
    verifyProof(with_.proof(2, opening(granted, 'consent', OTHER, 0, u(4, 1), sized(said), sized(words))), policy).then((one) => one.opening.committed);
  assert.deepEqual(await of(message, text), { kind: 'signed', sort: 'consent', patient: RECORD, grantee: RECORD, until: AT, text });
  await refused(() => of(message, `${text}kinds lab\n`), 'changed');
  await refused(() => of(join(message, text), text), 'changed');
});

test('a code that was used proves the consent that it stood for', async () => {
  const used = leaf({ kind: 7, reference: sha('nullifier'), parent: reference('consent', OTHER) });
  const proven = await verifyProof(logWith(used).proof(2, opening(used, 'consent', OTHER, 0, u(0, 1))), policy);
  assert.deepEqual([proven.opening.thing.id, proven.opening.committed.kind], [OTHER, 'sealed']);
  await refused(() => verifyProof(logWith(used).proof(2, opening(used, 'consent', RECORD, 0, u(0, 1))), policy), 'other_thing');
});

test('a proof of an access shows an entry of the clinic’s own log under the root that is on this one', async () => {
  const accesses = [0, 1, 2, 3, 4].map((i) => utf8(`access ${i}`));
  const rooted = leaf({ kind: 14, reference: reference('clinic', RECORD), commitment: root(accesses), attachment: u(5, 8) });
  const open = (at: number, entry: Uint8Array): Raw => {
    const way = path(at, accesses);
    return opening(rooted, 'clinic', RECORD, 0, u(3, 1), u(at, 8), u(way.length, 1), ...way, sized(entry));
  };
  const with_ = logWith(rooted);
  const { opening: { committed } } = await verifyProof(with_.proof(2, open(3, utf8('access 3'))), policy);
  assert.ok(committed.kind === 'inner');
  assert.deepEqual(committed.entry, utf8('access 3'));
  await refused(() => verifyProof(with_.proof(2, open(3, utf8('access 9'))), policy), 'not_in_log');
  assert.equal(leafOf(rooted).length, 32);
});
