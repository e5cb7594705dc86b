/** What keys say to the log, one's own keys on it, and the doctor's registration. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { terms } from '../../src/consents.ts';
import { provesConsent, type ShownConsent } from '../../src/ledger/consent.ts';
import { readLeaf } from '../../src/ledger/entry.ts';
import { bindingOf, labelOf } from '../../src/ledger/keymap.ts';
import { type Device, type OwnPorts, ownStanding } from '../../src/ledger/own.ts';
import type { KeyProof } from '../../src/ledger/peers.ts';
import type { Proven } from '../../src/ledger/proof.ts';
import { provesDoctor } from '../../src/ledger/registration.ts';
import { messageOf, ofGrant, ofKey, ofRecord, sayerOf } from '../../src/ledger/says.ts';
import { Unproven } from '../../src/ledger/unproven.ts';
import { base64url, fromBase64url, hex } from '../../src/seal/bytes.ts';
import { commitmentOf } from '../../src/seal/jwe.ts';
import { importBundle, makeBundle } from '../../src/seal/identity.ts';
import { verify } from '../../src/seal/primitives.ts';
import type { DoctorView } from '../../src/wire.ts';
import { join, leaf, reference, sha, u, uuid } from './ledger-log.ts';

const PERSON = '0190a3c4-1111-4abc-8def-0123456789ab';
const RECORD = '0190a3c4-2222-4abc-8def-0123456789ab';
const VISIT = '0190a3c4-3333-4abc-8def-0123456789ab';
const SALT = sha('salt');
const OBJECT = sha('object');
const ZEROS = new Uint8Array(32);
const NOW = 1_763_000_000_000;

const identity = await importBundle(await makeBundle());
const handed = { record: RECORD, ver: 1, kind: 'note', visit: null, consent: null, salt: SALT, object: OBJECT };

test('what a key signs is the entry’s own fields, in their order', async () => {
  const statement = await ofRecord({ ...handed, visit: VISIT });
  const commitment = await commitmentOf('note', SALT, OBJECT);
  assert.deepEqual(messageOf(statement), join('vaidya/ledger/actor/v1', u(9, 1), reference('record', RECORD, 1), reference('room', VISIT), commitment, u(0, 8)));
});

test('a record stands on its visit, else on a consent, else on nothing; a later version on the one before', async () => {
  assert.equal(hex((await ofRecord(handed)).parent), hex(ZEROS));
  assert.deepEqual((await ofRecord({ ...handed, consent: PERSON })).parent, reference('consent', PERSON));
  assert.deepEqual((await ofRecord({ ...handed, visit: VISIT, consent: PERSON })).parent, reference('room', VISIT));
  const third = await ofRecord({ ...handed, ver: 3, visit: VISIT });
  assert.deepEqual([third.kind, third.parent, third.reference], ['record_amended', reference('record', RECORD, 2), reference('record', RECORD, 3)]);
});

test('a key says whose it is, and a consent what was signed for it', async () => {
  const key = await ofKey(PERSON, SALT, identity.rsaPublic, identity.edPublic);
  const binding = await bindingOf({ rsaHash: sha(identity.rsaPublic), ed: identity.edPublic });
  assert.deepEqual(messageOf(key), join('vaidya/ledger/actor/v1', u(1, 1), await labelOf(PERSON, SALT), ZEROS, binding, u(0, 8)));
  const grant = await ofGrant(RECORD, OBJECT, NOW);
  assert.deepEqual(messageOf(grant), join('vaidya/ledger/actor/v1', u(6, 1), reference('consent', RECORD), ZEROS, sha(OBJECT), u(NOW, 8)));
});

test('nothing is said where there is no log, and a log that is away stops nobody', async () => {
  const salt = async (): Promise<string> => base64url(SALT);
  const sayer = sayerOf({ hasLog: async () => true, salt });
  const { said } = await sayer.record(identity.ed, handed);
  assert.ok(said !== undefined && (await verify(identity.edPublic, fromBase64url(said), messageOf(await ofRecord(handed)))));
  assert.deepEqual(await sayerOf({ hasLog: async () => false, salt }).record(identity.ed, handed), {});
  const away = async (): Promise<never> => Promise.reject(new Error('away'));
  assert.deepEqual(await sayerOf({ hasLog: async () => true, salt: away }).key(identity.ed, PERSON, identity.rsaPublic, identity.edPublic), {});
});

const device: Device = { person: PERSON, key: 'a key', shown: { rsa: identity.rsaPublic, ed: identity.edPublic } };
const mine = { rsaHash: sha(identity.rsaPublic), ed: identity.edPublic };

/** A house in which the log holds these keys: a map with one label, in a log with one leaf. */
async function house(held: { rsaHash: Uint8Array<ArrayBuffer>; ed: Uint8Array<ArrayBuffer> }[], more: Partial<OwnPorts> = {}): Promise<OwnPorts & { handed: string[] }> {
  const { valueOf } = await import('../../src/ledger/keymap.ts');
  const { Log, mapLeaf } = await import('./ledger-log.ts');
  const { readPolicy, verifyHead } = await import('../../src/ledger/policy.ts');
  const [value, label, log] = [await valueOf(held), await labelOf(PERSON, SALT), new Log()];
  const root = value === null ? join(ZEROS) : sha(Uint8Array.of(2), label, value);
  log.leaves.push(mapLeaf(root));
  const policy = await readPolicy(log.policy);
  const proof: KeyProof = {
    person: PERSON, salt: SALT, keys: held, pending: [], checkpoint: log.checkpoint(), map: { index: 0, path: [], leaf: mapLeaf(root) },
    way: value === null ? u(0, 3) : join(u(1, 1), label, value, u(0, 2)),
  };
  const sent: string[] = [];
  return {
    handed: sent, window: async () => 6_000, own: async () => ({ salt: base64url(SALT), said: ['a key'] }), say: async () => ({ said: 'words' }),
    hand: async (key, said) => sent.push(`${key} ${said}`), proof: async () => proof, keys: async () => [device.shown],
    witness: { policy: async () => policy, see: (note) => verifyHead(note, policy) }, now: () => NOW, ...more,
  };
}

test('one’s own key on the log is fine, and a key of nobody’s in one’s name is told', async () => {
  assert.deepEqual(await ownStanding(device, await house([mine])), { kind: 'fine' });
  assert.deepEqual(await ownStanding(device, await house([mine, { rsaHash: sha('x'), ed: sha('y') }])), { kind: 'stranger' });
  assert.deepEqual(await ownStanding(device, await house([])), { kind: 'missing' });
  assert.deepEqual(await ownStanding(device, await house([mine], { window: async () => null })), { kind: 'no_log' });
});

test('a key that never said whose it is says so now, once', async () => {
  const ports = await house([], { own: async () => ({ salt: base64url(SALT), said: [] }) });
  assert.deepEqual(await ownStanding(device, ports), { kind: 'waiting' });
  assert.deepEqual(ports.handed, ['a key words']);
});

test('a log that contradicts what this browser knows is told', async () => {
  const found = await ownStanding(device, await house([mine], { witness: { policy: async () => Promise.reject(new Unproven('gone')), see: () => Promise.reject(new Unproven('forked')) } }));
  assert.ok(found.kind === 'broken' && found.why.why === 'gone');
});

test('a consent is what the log holds: to whom, for what, until when', () => {
  const shown: ShownConsent = {
    id: RECORD, patient_id: PERSON, grantee: { id: VISIT, name: 'Dr. Rao', department: null }, until: NOW, why: 'second_opinion', detail: null, break_glass: false, delegated_from: null,
    subject: 'share', purpose: 'second_opinion', kinds: ['note'], departments: null, minutes: 60, text_version: 1, language: 'en',
  };
  const proven = (more: object = {}, id = RECORD): Proven => {
    const read = readLeaf(leaf({ kind: 6, reference: sha('consent') }));
    const committed = { kind: 'signed' as const, sort: 'consent', patient: PERSON, grantee: VISIT, until: NOW, text: terms(shown), ...more };
    return { head: { origin: '', size: 1, root: ZEROS, signers: [], of: 4, threshold: 3, note: '' }, index: 0, opening: { leaf: read, leafBytes: new Uint8Array(), thing: { word: 'consent', id, version: 0 }, committed } };
  };
  provesConsent(proven(), shown);
  const wrong = (of: Proven, why: string): void => assert.throws(() => provesConsent(of, shown), (error: unknown) => error instanceof Unproven && error.why === why);
  wrong(proven({}, VISIT), 'other_thing');
  wrong(proven({ patient: VISIT }), 'other_thing');
  wrong(proven({ grantee: PERSON }), 'changed');
  wrong(proven({ until: NOW + 1 }), 'changed');
  wrong(proven({ text: terms({ ...shown, kinds: ['note', 'lab'] }) }), 'changed');
  provesConsent(proven({ sort: 'break-glass', text: 'second_opinion\n' }), { ...shown, break_glass: true });
});

const DOCTOR: DoctorView = { name: 'Dr. Rao', department: 'Cardiology', qualification: 'MBBS, MD', registration: '12345', council: 'Punjab Medical Council', verified_on: 1 };

function shown(facts: Record<string, string>, notAfter = 0): Proven {
  const read = readLeaf(leaf({ kind: 3, reference: sha('credential') }));
  const committed = { kind: 'statement' as const, sort: 'credential', facts: new Map(Object.entries(facts)) };
  const opening = { leaf: { ...read, entry: { ...read.entry, notAfter } }, leafBytes: new Uint8Array(), thing: { word: 'credential' as const, id: PERSON, version: 0 }, committed };
  return { head: { origin: '', size: 1, root: ZEROS, signers: [], of: 4, threshold: 3, note: '' }, index: 0, opening };
}

test('a doctor’s registration is what the log holds, in force, or it is not proven', () => {
  const facts = { doctor: uuid(PERSON).join(), name: 'Dr. Rao', qualification: 'MBBS, MD', registration: '12345', council: 'Punjab Medical Council', state: 'active' };
  provesDoctor(shown(facts, NOW + 1), DOCTOR, NOW);
  const wrong = (of: Proven): void => assert.throws(() => provesDoctor(of, DOCTOR, NOW), (error: unknown) => error instanceof Unproven && error.why === 'changed');
  wrong(shown({ ...facts, name: 'Dr. Mallory' }));
  wrong(shown({ ...facts, registration: '99999' }));
  wrong(shown({ ...facts, state: 'suspended' }));
  wrong(shown(facts, NOW - 1));
});
