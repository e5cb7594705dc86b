/** Files that people save and choose: told apart by what is in them, and checked together. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join as joined } from 'node:path';
import { test } from 'node:test';

import { filled } from '../../src/ledger/checker.ts';
import { checkFiles, recognise } from '../../src/ledger/files.ts';
import { policyText, readPolicy } from '../../src/ledger/policy.ts';
import { Unproven } from '../../src/ledger/unproven.ts';
import { random } from '../../src/seal/bytes.ts';
import { sealRecord, toGeneral } from '../../src/seal/jwe.ts';
import { commitment, leaf, Log, mapLeaf, opening, reference, sha, sized, u } from './ledger-log.ts';

const RECORD = '0190a3c4-1111-4abc-8def-0123456789ab';
const OTHER = '0190a3c4-2222-4abc-8def-0123456789ab';
const SALT = sha('salt');

async function sealed(id: string, ver = 1) {
  return sealRecord({ rec: id, ver, kind: 'note', patient: OTHER, key: OTHER, at: 1 }, '{"v":1,"title":"Cough","text":"Better."}', [], { key: random(32), iv: random(12) });
}

const { object } = await sealed(RECORD);
const entry = leaf({ kind: 9, reference: reference('record', RECORD, 1), commitment: commitment('note', SALT, sha(object)) });
const log = new Log();
log.leaves.push(mapLeaf(sha('a')), entry, mapLeaf(sha('b')));
const proof = log.proof(1, opening(entry, 'record', RECORD, 1, u(1, 1), sized('note'), SALT, sha(object)));
const policy = await readPolicy(log.policy);

test('a proof, a sealed record and a list of keys are told apart, and everything else is nothing', async () => {
  assert.equal((await recognise(proof))?.kind, 'proof');
  assert.equal((await recognise(JSON.stringify(toGeneral(object, []))))?.kind, 'record');
  assert.equal((await recognise(policyText(policy)))?.kind, 'policy');
  for (const nothing of ['', 'hello', '{}', '{"protected":1}', '{', 'log x', `c2sp.org/tlog-proof@v1${'x'.repeat(300_000)}`]) assert.equal(await recognise(nothing), null, nothing.slice(0, 30));
});

test('a sealed record is the one that was proven, byte by byte', async () => {
  const general = toGeneral(object, []);
  assert.equal((await checkFiles(proof, general, policy)).opening.thing.id, RECORD);
  assert.equal((await checkFiles(proof, null, policy)).opening.thing.id, RECORD);
  const refused = (of: typeof general, why: string): Promise<void> =>
    assert.rejects(checkFiles(proof, of, policy), (error: unknown) => error instanceof Unproven && error.why === why);
  const turned = (text: string): string => (text.startsWith('A') ? 'B' : 'A') + text.slice(1);
  await refused({ ...general, ciphertext: turned(general.ciphertext) }, 'changed');
  await refused({ ...general, tag: turned(general.tag) }, 'changed');
  await refused({ ...general, iv: 'short' }, 'changed');
  await refused(toGeneral((await sealed(RECORD)).object, []), 'changed');
  await refused(toGeneral((await sealed(OTHER)).object, []), 'other_thing');
  await refused(toGeneral((await sealed(RECORD, 2)).object, []), 'other_thing');
});

test('the checker has the keys inside, and nothing in a name can break out of it', () => {
  const page = readFileSync(joined(import.meta.dirname, '../../src/pages/ledger/checker.html'), 'utf8');
  const about = { origin: 'clinic.example/ledger', ...log.policy, window_ms: 6_000, trust: { kind: 'one_process' as const, operators: ['</script><b>$& Clinic'], validators: 4, faulty: 1 } };
  const file = filled(page, about) ?? '';
  const [, inside = ''] = /<script type="application\/json" id="about">(.*?)<\/script>/s.exec(file) ?? [];
  assert.deepEqual(JSON.parse(inside), about);
  assert.match(file, /default-src 'none'/, 'it may ask nobody anything');
  assert.equal(filled('<!doctype html>', about), null);
});
