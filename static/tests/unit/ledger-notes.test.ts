/** Notes, checkpoints and policies: the examples of the formats' authors, and whoever did not sign. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readCheckpoint, readKey, readNote, signedBy } from '../../src/ledger/note.ts';
import { parsePolicy, policyText, readPolicy, verifyHead } from '../../src/ledger/policy.ts';
import { Unproven, type Why } from '../../src/ledger/unproven.ts';
import { Hand, Log, ORIGIN } from './ledger-log.ts';

/** The key and the note that show the format in the documentation of its first implementation. */
const NEUMANN = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const CRYPTOGRAPHY = 'If you think cryptography is the answer to your problem,\n'
  + 'then you don\'t know what your problem is.\n\n'
  + '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';

/** The example checkpoint of the format. */
const SOFA = 'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n'
  + '— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n';

const log = new Log();
log.leaves.push(...[1, 2, 3].map((one) => Uint8Array.of(one)));
const policy = await readPolicy(log.policy);

async function refused(work: () => unknown, why: Why): Promise<void> {
  await assert.rejects(async () => work(), (error: unknown) => error instanceof Unproven && error.why === why);
}

test('the example note of the format is signed by its key, and by nobody else', async () => {
  const key = await readKey(NEUMANN);
  assert.equal(await signedBy(readNote(CRYPTOGRAPHY), key), 'yes');
  assert.equal(await signedBy(readNote(CRYPTOGRAPHY.replace('answer', 'end')), key), 'wrong');
  assert.equal(await signedBy(readNote(CRYPTOGRAPHY), await readKey(new Hand('PeterNeumann', 1).vkey)), 'no');
});

test('the example checkpoint of the format says its log, its size and its root', () => {
  const head = readCheckpoint(readNote(SOFA).text);
  assert.deepEqual([head.origin, head.size, head.root.length], ['example.com/behind-the-sofa', 20_852_163, 32]);
});

test('a key that is not what its id says is refused', async () => {
  await refused(() => readKey(NEUMANN.replace('c74f20a3', 'c74f20a4')), 'bad_policy');
  await refused(() => readKey(NEUMANN.replace('PeterNeumann', 'Peter Neumann')), 'bad_policy');
  await refused(() => readKey('PeterNeumann'), 'bad_policy');
});

test('a head that the log and three of four validators signed is believed', async () => {
  const head = await verifyHead(log.checkpoint(), policy);
  assert.deepEqual([head.origin, head.size, head.signers.length, head.threshold, head.of], [ORIGIN, 3, 3, 3, 4]);
  assert.equal((await verifyHead(log.checkpoint(3, 4), policy)).signers.length, 4);
});

test('two of four validators are too few, also when one signs twice', async () => {
  await refused(() => verifyHead(log.checkpoint(3, 2), policy), 'too_few');
  const text = log.checkpoint(3, 2).split('\n\n')[0] ?? '';
  await refused(() => verifyHead(log.checkpoint(3, 2) + (log.validators[0]?.line(`${text}\n`, 1_700_000_001) ?? ''), policy), 'too_few');
});

test('strangers’ signatures count for nothing and do no harm', async () => {
  const text = `${log.checkpoint().split('\n\n')[0]}\n`;
  const strangers = [9, 10].map((i) => new Hand(`${ORIGIN}/v${i}`, 4).line(text)).join('');
  assert.equal((await verifyHead(log.checkpoint() + strangers, policy)).signers.length, 3);
  await refused(() => verifyHead(log.checkpoint(3, 2) + strangers, policy), 'too_few');
});

test('without the log’s own signature, or with another log’s head, there is nothing to believe', async () => {
  const [text, signatures = ''] = log.checkpoint().split('\n\n');
  const cosigned = signatures.split('\n').slice(1).join('\n');
  await refused(() => verifyHead(`${text}\n\n${cosigned}`, policy), 'log_signature');
  const other = log.checkpoint().replace(ORIGIN, 'other.example/ledger');
  await refused(() => verifyHead(other, policy), 'other_log');
});

test('a head with another size or root than was signed is refused', async () => {
  await refused(() => verifyHead(log.checkpoint().replace('\n3\n', '\n4\n'), policy), 'log_signature');
  const [text = '', signatures] = log.checkpoint().split('\n\n');
  const forged = `${ORIGIN}\n4\n${text.split('\n')[2]}\n`;
  const byLog = log.hand.line(forged);
  await refused(() => verifyHead(`${forged}\n${byLog}${signatures?.split('\n').slice(1).join('\n')}`, policy), 'validator_signature');
});

test('what is no note is damaged', async () => {
  for (const note of ['', 'x', `${ORIGIN}\n3\n`, log.checkpoint().replace('\n3\n', '\n03\n'), log.checkpoint().trimEnd(), log.checkpoint().replace('— ', '- '), `\0${log.checkpoint()}`]) {
    await assert.rejects(verifyHead(note, policy), Unproven);
  }
});

test('a policy is read from its file, and written to it', async () => {
  const read = await parsePolicy(`# City Clinic\n\n${policyText(policy)}`);
  assert.deepEqual(read, policy);
  assert.equal((await parsePolicy(policyText(policy).replace('validators 3', 'validators all'))).threshold, 4);
  assert.equal((await parsePolicy(policyText(policy).replace('validators 3', 'validators any'))).threshold, 1);
});

test('a policy that means less than it seems is refused', async () => {
  const { log: key, validators } = log.policy;
  const [one = ''] = validators;
  await refused(() => readPolicy({ log: key, validators, threshold: 0 }), 'bad_policy');
  await refused(() => readPolicy({ log: key, validators, threshold: 5 }), 'bad_policy');
  await refused(() => readPolicy({ log: key, validators: [one, one, one], threshold: 3 }), 'bad_policy');
  await refused(() => readPolicy({ log: one, validators, threshold: 3 }), 'bad_policy');
  await refused(() => parsePolicy(policyText(policy).replace('quorum validators', 'quorum none')), 'bad_policy');
  await refused(() => parsePolicy(`${policyText(policy)}group more 1 validators\n`), 'bad_policy');
});
