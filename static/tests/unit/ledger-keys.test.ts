/** Keys on the log: what the map proves of a person, and what this browser remembers of the log. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Problem } from '../../src/api.ts';
import type { KeyLog } from '../../src/keys/log.ts';
import { keyLogOf, type KeyLogPorts } from '../../src/ledger/key-log.ts';
import { bindingOf, labelOf, mapped, valueOf } from '../../src/ledger/keymap.ts';
import { type KeyProof, standing } from '../../src/ledger/peers.ts';
import { readPolicy } from '../../src/ledger/policy.ts';
import { Unproven, type Why } from '../../src/ledger/unproven.ts';
import { type Memory, Witness } from '../../src/ledger/witness.ts';
import { utf8 } from '../../src/seal/bytes.ts';
import { consistency, Hand, join, Log, mapLeaf, path, type Raw, sha, u, uuid } from './ledger-log.ts';

const PERSON = '0190a3c4-1111-4abc-8def-0123456789ab';
const OTHER = '0190a3c4-2222-4abc-8def-0123456789ab';
const SALT = sha('salt');
const NOW = 1_763_000_000_000;
const WINDOW = 6_000;

const key = (name: string): { rsa: Raw; ed: Raw } => ({ rsa: sha('rsa', name), ed: sha('ed', name) });
const held = (name: string): { rsaHash: Raw; ed: Raw } => ({ rsaHash: sha(key(name).rsa), ed: key(name).ed });

type Row = [label: Uint8Array, value: Uint8Array];
const right = (label: Uint8Array, depth: number): boolean => ((label[depth >> 3] ?? 0) & (128 >> (depth & 7))) !== 0;

/** The root of the map as it is defined: nothing, one label, or two sides. */
function mapRoot(rows: readonly Row[], depth = 0): Raw {
  const [first] = rows;
  if (first === undefined) return join(new Uint8Array(32));
  if (rows.length === 1) return sha(Uint8Array.of(2), ...first);
  const [left, other] = [rows.filter(([one]) => !right(one, depth)), rows.filter(([one]) => right(one, depth))];
  return sha(Uint8Array.of(3), mapRoot(left, depth + 1), mapRoot(other, depth + 1));
}

/** The way to a label. */
function way(label: Uint8Array, rows: readonly Row[]): Raw {
  const siblings: Raw[] = [];
  let here = [...rows];
  while (here.length > 1) {
    const depth = siblings.length;
    const side = (to: boolean): Row[] => here.filter(([one]) => right(one, depth) === to);
    siblings.push(mapRoot(side(!right(label, depth)), depth + 1));
    here = side(right(label, depth));
  }
  const [end] = here;
  return join(...(end === undefined ? [u(0, 1)] : [u(1, 1), ...end]), u(siblings.length, 2), ...siblings);
}

const strangers: Row[] = Array.from({ length: 30 }, (_, i) => [sha('label', String(i)), sha('value', String(i))]);

/** A server with a log, whose map holds these keys for the person. */
class Server {
  readonly log = new Log();
  rows: Row[] = strangers;

  async bind(...names: string[]): Promise<this> {
    const value = await valueOf(names.map(held));
    this.rows = value === null ? strangers : [...strangers, [await labelOf(PERSON, SALT), value]];
    this.log.leaves.push(sha(`entry ${this.log.leaves.length}`), mapLeaf(mapRoot(this.rows), NOW));
    return this;
  }

  async proof(...names: string[]): Promise<KeyProof> {
    const index = this.log.leaves.length - 1;
    return {
      person: PERSON, salt: SALT, keys: names.map(held), pending: [], checkpoint: this.log.checkpoint(),
      map: { index, path: path(index, this.log.leaves), leaf: join(this.log.leaves[index] ?? '') },
      way: way(await labelOf(PERSON, SALT), this.rows),
    };
  }
}

/** A browser's memory. */
function memory(): Memory & { wiped(): void } {
  let kept: { policy: unknown; head: unknown } = { policy: null, head: null };
  return {
    policy: async () => kept.policy as Awaited<ReturnType<Memory['policy']>>,
    keepPolicy: async (policy) => { kept.policy = policy; },
    head: async () => kept.head as Awaited<ReturnType<Memory['head']>>,
    keepHead: async (head) => { kept.head = head; },
    wiped: () => { kept = { policy: null, head: null }; },
  };
}

const witnessOf = (log: Log, of: Memory = memory()): Witness => new Witness({
  memory: of, policy: () => readPolicy(log.policy), consistency: async (from, to) => consistency(from, log.leaves.slice(0, to)),
});

async function refused(work: () => Promise<unknown>, why: Why): Promise<void> {
  await assert.rejects(work, (error: unknown) => error instanceof Unproven && error.why === why);
}

test('a person’s keys on the log are known from others', async () => {
  const server = await new Server().bind('phone', 'desk');
  const found = await standing([key('desk'), key('phone'), key('mallory')], await server.proof('phone', 'desk'), PERSON, witnessOf(server.log), WINDOW, NOW);
  assert.deepEqual(found, ['logged', 'logged', 'other']);
});

test('a server that leaves a key out, adds one, or shows somebody else’s is caught', async () => {
  const server = await new Server().bind('phone', 'desk');
  const ask = (proof: KeyProof, person = PERSON): Promise<unknown> => standing([key('phone')], proof, person, witnessOf(server.log), WINDOW, NOW);
  await refused(async () => ask(await server.proof('phone')), 'other_key');
  await refused(async () => ask(await server.proof('phone', 'desk', 'mallory')), 'other_key');
  await refused(async () => ask(await server.proof()), 'other_key');
  await refused(async () => ask(await server.proof('phone', 'desk'), OTHER), 'other_thing');
  await refused(async () => ask({ ...(await server.proof('phone', 'desk')), person: OTHER }, OTHER), 'other_thing');
  await refused(async () => ask({ ...(await server.proof('phone', 'desk')), salt: sha('other') }), 'other_thing');
});

test('somebody without keys is proven to have none, and keys on their way are said to be', async () => {
  const server = await new Server().bind();
  const proof = { ...(await server.proof()), pending: [{ ed: key('new').ed, since: NOW - 1_000 }, { ed: key('old').ed, since: NOW - 60_000 }] };
  const found = await standing([key('new'), key('old'), key('mallory')], proof, PERSON, witnessOf(server.log), WINDOW, NOW);
  assert.deepEqual(found, ['pending', 'late', 'other']);
});

test('keys that were taken back are shown by no older proof, once this browser saw a newer head', async () => {
  const server = await new Server().bind('phone', 'stolen');
  const old = await server.proof('phone', 'stolen');
  const witness = witnessOf(server.log);
  assert.deepEqual(await standing([key('stolen')], old, PERSON, witness, WINDOW, NOW), ['logged']);
  await server.bind('phone');
  assert.deepEqual(await standing([key('stolen')], await server.proof('phone'), PERSON, witness, WINDOW, NOW), ['other']);
  await refused(() => standing([key('stolen')], old, PERSON, witness, WINDOW, NOW), 'not_newest');
});

test('a map leaf that is not the last of its head will not do', async () => {
  const server = await new Server().bind('stolen');
  const old = await server.proof('stolen');
  await server.bind('phone');
  const newer = await server.proof('phone');
  const forged = { ...old, checkpoint: newer.checkpoint, map: { ...old.map, path: path(old.map.index, server.log.leaves) } };
  await refused(() => standing([key('stolen')], forged, PERSON, witnessOf(server.log), WINDOW, NOW), 'not_newest');
});

test('the map proves for every label what it has, and no bit of the proof can be turned', async () => {
  const root = mapRoot(strangers);
  for (const [label, value] of strangers) {
    assert.deepEqual(await mapped(way(label, strangers), join(label), root), value);
    assert.equal(await mapped(way(sha(label), strangers), sha(label), root), null);
  }
  const [label] = strangers[7] ?? [sha('')];
  const proof = way(label, strangers);
  for (let bit = 0; bit < proof.length * 8; bit += 1) {
    const wrong = proof.slice();
    wrong[bit >> 3] = (wrong[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    await assert.rejects(mapped(wrong, join(label), root), Unproven, `bit ${bit}`);
  }
  assert.equal(await mapped(u(0, 3), sha('nobody'), join(new Uint8Array(32))), null, 'an empty map');
});

test('the order in which keys are listed changes nothing', async () => {
  assert.deepEqual(await valueOf([held('a'), held('b')]), await valueOf([held('b'), held('a')]));
  assert.deepEqual(await valueOf([held('a')]), sha('vaidya/ledger/keys/v1', await bindingOf(held('a'))));
  assert.deepEqual(await labelOf(PERSON, SALT), sha('vaidya/ledger/label/v1', SALT, uuid(PERSON)));
});

test('a log that goes on is believed; one that was changed behind is not, nor one that became shorter', async () => {
  const server = await new Server().bind('phone');
  const seen = memory();
  await witnessOf(server.log, seen).see(server.log.checkpoint());
  await server.bind('phone', 'desk');
  const larger = await witnessOf(server.log, seen).see(server.log.checkpoint());
  assert.equal((await seen.head())?.size, larger.size);

  const forked = new Log();
  forked.leaves.push(utf8('another beginning'), ...server.log.leaves.slice(1), utf8('and one more'));
  await refused(() => witnessOf(forked, seen).see(forked.checkpoint()), 'forked');
  const shorter = new Log();
  shorter.leaves.push(utf8('restored from a copy'), ...server.log.leaves.slice(1, 3));
  await refused(() => witnessOf(shorter, seen).see(shorter.checkpoint()), 'forked');
  assert.equal((await seen.head())?.size, larger.size, 'what was seen stays');
});

test('an older head of the same log is fine for what happened before', async () => {
  const server = await new Server().bind('phone');
  const old = server.log.checkpoint();
  await server.bind('phone', 'desk');
  const witness = witnessOf(server.log);
  await witness.see(server.log.checkpoint());
  assert.equal((await witness.see(old)).size, 2);
  await refused(() => witness.see(old, true), 'not_newest');
});

test('a server that says it has no log now, or another one, is caught', async () => {
  const server = await new Server().bind('phone');
  const seen = memory();
  await witnessOf(server.log, seen).see(server.log.checkpoint());
  await refused(() => new Witness({ memory: seen, policy: async () => null, consistency: async () => [] }).policy(), 'gone');
  const [kept] = [await seen.policy()];
  assert.ok(kept !== null);
  const swapped = { ...server.log.policy, validators: [1, 2, 3].map((i) => new Hand(`new ${i}`.replace(' ', '-'), 4).vkey).concat(server.log.policy.validators[0] ?? '') };
  const of = (policy: typeof swapped): Witness => new Witness({ memory: seen, policy: () => readPolicy(policy), consistency: async () => [] });
  await refused(() => of(swapped).policy(), 'other_log');
  await refused(() => of({ ...server.log.policy, log: new Hand('clinic.example/other', 1).vkey }).policy(), 'other_log');
  const grown = { ...server.log.policy, validators: [...server.log.policy.validators.slice(1), new Hand('fifth', 4).vkey] };
  assert.equal((await of(grown).policy())?.validators.length, 4, 'one validator was replaced');
});

test('a browser that may not store anything still checks what it is shown', async () => {
  const server = await new Server().bind('phone');
  const no = async (): Promise<never> => Promise.reject(new Error('refused'));
  const witness = witnessOf(server.log, { policy: no, keepPolicy: no, head: no, keepHead: no });
  assert.equal((await witness.see(server.log.checkpoint())).size, 2);
  await refused(() => witness.see(server.log.checkpoint(2, 2)), 'too_few');
});

/** A server that never answers. */
const silent = (): Promise<never> => new Promise(() => undefined);

/** What the pages' look at the log comes to, when asked through these ports. */
function looked(server: Server, ports: Partial<KeyLogPorts>, ...names: string[]): ReturnType<KeyLog> {
  const never = ports.proof === silent;
  const log = keyLogOf({ window: async () => WINDOW, proof: () => server.proof('phone'), witness: witnessOf(server.log), now: async () => NOW, wait: async () => undefined, ...ports }, never ? 10 : 60_000);
  return log(PERSON, names.map(key));
}

test('a key that the log contradicts is used for nothing, and a log that contradicts itself vouches for nobody', async () => {
  const server = await new Server().bind('phone');
  assert.deepEqual(await looked(server, {}, 'phone', 'mallory'), ['logged', 'other']);
  assert.deepEqual(await looked(server, { proof: () => server.proof('phone', 'mallory') }, 'phone', 'mallory'), ['other', 'other']);
});

test('a log that is away, slow or gone is late, and calls go on', async () => {
  const server = await new Server().bind('phone');
  const away = async (): Promise<never> => Promise.reject(new Problem('unreachable', 0, ''));
  assert.deepEqual(await looked(server, { proof: away }, 'phone'), ['late']);
  assert.deepEqual(await looked(server, { proof: silent }, 'phone'), ['late']);
  const { see } = witnessOf(server.log);
  assert.deepEqual(await looked(server, { witness: { see, policy: async () => Promise.reject(new Unproven('gone')) } }, 'phone'), ['late']);
  assert.deepEqual(await looked(server, { proof: async () => Promise.reject(new Problem('not_anchored', 409, '')) }, 'phone'), ['pending']);
});

test('a list that lags behind the log by a moment is asked for once more, and a forged one twice', async () => {
  const server = await new Server().bind('phone', 'desk');
  const lists = [['phone'], ['phone', 'desk']];
  assert.deepEqual(await looked(server, { proof: () => server.proof(...(lists.shift() ?? [])) }, 'desk'), ['logged']);
  assert.deepEqual(lists, []);
  let asked = 0;
  assert.deepEqual(await looked(server, { proof: () => { asked += 1; return server.proof('phone'); } }, 'phone'), ['other']);
  assert.equal(asked, 2);
});

test('where no log is kept nothing is said of keys', async () => {
  const server = await new Server().bind('phone');
  assert.equal(await looked(server, { window: async () => null }, 'phone'), null);
});
