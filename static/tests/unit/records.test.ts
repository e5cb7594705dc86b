/** Records: sealed by whoever is first, opened by doctor and patient, and by nobody else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Problem } from '../../src/api.ts';
import { openIt } from '../../src/records/open.ts';
import { sealOnce } from '../../src/records/seal.ts';
import type { NewRecord } from '../../src/records/server.ts';
import { readTranscript, type Transcript } from '../../src/records/transcript.ts';
import { base64url, fromBase64url, fromUtf8, utf8 } from '../../src/seal/bytes.ts';
import { makeBundle, importBundle } from '../../src/seal/identity.ts';
import { AGAIN_MS, Sealer, type SealState } from '../../src/records/sealer.ts';
import { actor, type Actor, Cabinet, Chatting, DETAIL, keysOf, portsOf, VISIT } from './records-house.ts';
import { id } from './seal-keys.ts';

const doctor = await actor('doctor');
const patient = await actor('patient');

async function conversation(): Promise<Chatting> {
  const chat = new Chatting();
  await chat.write('doctor seat', doctor.author, 'How is the cough?');
  await chat.write('patient seat', patient.author, 'Better. ਧੰਨਵਾਦ');
  await chat.write('doctor seat', doctor.author, 'Good.');
  return chat;
}

async function sealed(chat: Chatting, who: Actor = doctor): Promise<NewRecord> {
  const cabinet = new Cabinet();
  const outcome = await sealOnce(VISIT, portsOf(who, await keysOf(doctor, patient), chat.said, cabinet));
  assert.equal(outcome.kind, 'sealed');
  assert.ok(cabinet.kept);
  return cabinet.kept;
}

async function opened(record: NewRecord, who: Actor): Promise<Transcript> {
  const found = await openIt(record.id, who.mine, async () => record);
  assert.equal(found.kind, 'open');
  assert.ok(found.kind === 'open' && found.content.kind === 'transcript');
  return found.content.transcript;
}

test('doctor and patient open the same transcript, with names, times and texts', async () => {
  const record = await sealed(await conversation());
  const transcript = await opened(record, patient);
  assert.deepEqual(await opened(record, doctor), transcript);
  assert.deepEqual(transcript.messages.map((one) => [one.name, one.role, one.at, one.text, one.verified]), [
    ['Dr. Rao', 'doctor', 1_001, 'How is the cough?', true],
    ['Asha Devi', 'patient', 1_002, 'Better. ਧੰਨਵਾਦ', true],
    ['Dr. Rao', 'doctor', 1_003, 'Good.', true],
  ]);
  assert.deepEqual([transcript.doctor, transcript.patient, transcript.started, transcript.ended], ['Dr. Rao', 'Asha Devi', 1_000, 9_000]);
});

test('a record is filed where its doctor works', async () => {
  const cabinet = new Cabinet();
  const ports = portsOf(doctor, await keysOf(doctor, patient), (await conversation()).said, cabinet);
  await sealOnce(VISIT, { ...ports, visit: async () => ({ ...DETAIL, doctor: { ...DETAIL.doctor, department: 'Cardiology' } }) });
  assert.equal(cabinet.kept?.department, 'Cardiology');
});

test('the record says to whom it is sealed and nothing of what was written', async () => {
  const record = await sealed(await conversation());
  assert.deepEqual(record.recipients.map((one) => one.header), [{ alg: 'RSA-OAEP-256', kid: doctor.mine.key }, { alg: 'RSA-OAEP-256', kid: patient.mine.key }]);
  const head = fromUtf8(fromBase64url(record.protected));
  assert.doesNotMatch(head + JSON.stringify(record), /cough|Asha|Rao/);
  assert.equal(fromBase64url(record.salt).length, 32);
});

test('a third person opens nothing, whatever wrap they try', async () => {
  const record = await sealed(await conversation());
  const third = await actor('third');
  assert.equal((await openIt(record.id, third.mine, async () => record)).kind, 'no_key');
  const borrowed = { ...third.mine, key: patient.mine.key };
  assert.equal((await openIt(record.id, borrowed, async () => record)).kind, 'damaged');
  assert.equal((await openIt(record.id, null, async () => record)).kind, 'locked');
});

test('a changed byte anywhere makes a record that is not shown', async () => {
  const record = await sealed(await conversation());
  for (const field of ['protected', 'iv', 'ciphertext', 'tag'] as const) {
    const bytes = fromBase64url(record[field]);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    const changed = { ...record, [field]: base64url(bytes) };
    assert.equal((await openIt(record.id, patient.mine, async () => changed)).kind, 'damaged', field);
  }
});

test('another record in its place is not shown', async () => {
  const [one, other] = [await sealed(await conversation()), await sealed(await conversation(), patient)];
  assert.notEqual(one.id, other.id);
  assert.equal((await openIt(one.id, patient.mine, async () => other)).kind, 'damaged');
});

test('what the server answers becomes what is said: not there, damaged, or try again', async () => {
  const failing = (code: string, status: number) => async () => { throw new Problem(code, status, ''); };
  assert.equal((await openIt(id('r'), patient.mine, failing('not_found', 404))).kind, 'not_found');
  assert.equal((await openIt(id('r'), patient.mine, failing('block_damaged', 500))).kind, 'damaged');
  await assert.rejects(openIt(id('r'), patient.mine, failing('unreachable', 0)), Problem);
});

test('guests, strangers and forged signatures are kept as not verified', async () => {
  const chat = await conversation();
  const guest = await actor('guest');
  await chat.write('guest seat', guest.author, 'I am her son.');
  await chat.write('patient seat', guest.author, 'I am Asha.');
  await chat.write('doctor seat', { key: guest.author.key, ed: doctor.author.ed }, 'I am the doctor.');
  const { messages } = await opened(await sealed(chat), patient);
  assert.deepEqual(messages.map((one) => one.verified), [true, true, true, false, false, false]);
});

test('a message that was dropped by the server makes what follows not verified', async () => {
  const chat = await conversation();
  chat.said.splice(1, 1);
  const { messages } = await opened(await sealed(chat), patient);
  assert.deepEqual(messages.map((one) => one.verified), [true, false]);
});

test('a message that does not open is kept as a gap that is said', async () => {
  const chat = await conversation();
  const body = fromBase64url(chat.said[1]?.body ?? '');
  body[40] = (body[40] ?? 0) ^ 1;
  Object.assign(chat.said[1] ?? {}, { body: base64url(body) });
  const { messages } = await opened(await sealed(chat), doctor);
  assert.deepEqual(messages.map((one) => [one.text === null, one.verified]), [[false, true], [true, false], [false, false]]);
});

test('when both seal at once, the first record is the record', async () => {
  const [chat, of, cabinet] = [await conversation(), await keysOf(doctor, patient), new Cabinet()];
  const [one, other] = await Promise.all([doctor, patient].map((who) => sealOnce(VISIT, portsOf(who, of, chat.said, cabinet))));
  assert.equal(cabinet.handedIn, 2);
  assert.deepEqual(one, other);
});

test('a visit whose record is there already is not sealed again, even without keys', async () => {
  const [chat, of, cabinet] = [await conversation(), await keysOf(doctor, patient), new Cabinet()];
  const ports = { ...portsOf(doctor, of, chat.said, cabinet), identity: async () => null, find: async () => id('kept') };
  assert.deepEqual(await sealOnce(VISIT, ports), { kind: 'sealed', record: id('kept') });
  assert.equal(cabinet.handedIn, 0);
});

test('a visit that goes on, one without a word, and one whose chat is not ours to open are not sealed', async () => {
  const [chat, of, cabinet] = [await conversation(), await keysOf(doctor, patient), new Cabinet()];
  const ports = portsOf(doctor, of, chat.said, cabinet);
  assert.deepEqual(await sealOnce(VISIT, { ...ports, visit: async () => ({ ...DETAIL, state: 'open' }) }), { kind: 'not_ended' });
  assert.deepEqual(await sealOnce(VISIT, portsOf(doctor, of, [], cabinet)), { kind: 'empty' });
  assert.deepEqual(await sealOnce(VISIT, { ...ports, identity: async () => null }), { kind: 'no_key' });
  const identity = await importBundle(await makeBundle());
  assert.deepEqual(await sealOnce(VISIT, portsOf({ ...doctor, mine: { ...doctor.mine, identity } }, of, chat.said, cabinet)), { kind: 'no_key' });
  assert.equal(cabinet.kept, null);
});

test('nothing is sealed for a key that is new or not bound until the person here says so', async () => {
  const [chat, of, cabinet] = [await conversation(), await keysOf(doctor, patient), new Cabinet()];
  const warned = (kind: 'changed' | 'unbound') => ({ ...of, warnings: [{ side: 'patient' as const, person: patient.mine.person, kind }] });
  assert.deepEqual(await sealOnce(VISIT, portsOf(doctor, warned('changed'), chat.said, cabinet)), { kind: 'new_key', sides: ['patient'] });
  assert.deepEqual(await sealOnce(VISIT, portsOf(doctor, warned('unbound'), chat.said, cabinet)), { kind: 'bad_key' });
  assert.equal(cabinet.handedIn, 0);
});

test('who was never let in does not seal, and does not try for ever', async () => {
  const [of, cabinet] = [await keysOf(doctor, patient), new Cabinet()];
  const ports = { ...portsOf(patient, of, [], cabinet), chat: async () => { throw new Problem('not_let_in', 403, ''); } };
  assert.deepEqual(await sealOnce(VISIT, ports), { kind: 'no_key' });
});

test('a record waits for a person who has no keys yet', async () => {
  const [chat, of, cabinet] = [await conversation(), await keysOf(doctor, patient), new Cabinet()];
  assert.deepEqual(await sealOnce(VISIT, portsOf(doctor, { ...of, patient: [] }, chat.said, cabinet)), { kind: 'no_peer' });
  assert.equal(cabinet.handedIn, 0);
});

test('the clinic’s key keeps the record of a patient who has none, apart from the wraps of people', async () => {
  const [chat, of, cabinet, clinic] = [await conversation(), await keysOf(doctor, patient), new Cabinet(), await actor('clinic')];
  const held = { ...of, patient: [], clinic: { id: clinic.listed.id, rsaBytes: clinic.listed.rsaBytes } };
  assert.equal((await sealOnce(VISIT, portsOf(doctor, held, chat.said, cabinet))).kind, 'sealed');
  const { recipients, clinic: wrap } = cabinet.kept ?? assert.fail();
  assert.deepEqual(recipients.map((one) => one.header.kid), [doctor.mine.key]);
  assert.equal(wrap?.header.kid, clinic.mine.key);
  const record = { ...cabinet.kept, recipients: wrap === undefined ? [] : [wrap] } as NewRecord;
  assert.equal((await openIt(record.id, clinic.mine, async () => record)).kind, 'open', 'and it opens it');
});

test('a clinic’s key that does not say whose it is gets nothing', async () => {
  const [chat, of, cabinet] = [await conversation(), await keysOf(doctor, patient), new Cabinet()];
  assert.deepEqual(await sealOnce(VISIT, portsOf(doctor, { ...of, clinic: 'unbound' as const }, chat.said, cabinet)), { kind: 'bad_key' });
  assert.equal(cabinet.handedIn, 0);
});

test('more than a record can hold is said, and what the line does is thrown to be tried again', async () => {
  const [chat, of, cabinet] = [new Chatting(), await keysOf(doctor, patient), new Cabinet()];
  for (let i = 0; i < 8; i += 1) await chat.write('doctor seat', doctor.author, 'x'.repeat(150_000));
  assert.deepEqual(await sealOnce(VISIT, portsOf(doctor, of, chat.said, cabinet)), { kind: 'too_large' });
  const away = { ...portsOf(doctor, of, (await conversation()).said, cabinet), add: async () => { throw new Problem('unreachable', 0, ''); } };
  await assert.rejects(sealOnce(VISIT, away), Problem);
});

test('a transcript of another shape is no transcript', () => {
  assert.throws(() => readTranscript('{"v":2}'));
  assert.throws(() => readTranscript('[]'));
  assert.throws(() => readTranscript(fromUtf8(utf8('nonsense'))));
});

test('sealing is tried until it is done, waits longer each time, and runs once at a time', async () => {
  const waits: number[] = [];
  const states: SealState['kind'][] = [];
  let tries = 0;
  const sealer = new Sealer(
    async () => {
      tries += 1;
      if (tries < 7) throw new Problem('unreachable', 0, '');
      return { kind: 'sealed', record: id('r') };
    },
    async (ms) => {
      waits.push(ms);
      states.push(sealer.of(VISIT).peek().kind);
    },
  );
  await Promise.all([sealer.seal(VISIT), sealer.seal(VISIT)]);
  assert.equal(tries, 7);
  assert.deepEqual(waits, [...AGAIN_MS, 60_000, 60_000]);
  assert.deepEqual(new Set(states), new Set(['waiting']));
  assert.deepEqual(sealer.of(VISIT).peek(), { kind: 'sealed', record: id('r') });
  await sealer.seal(VISIT);
  assert.equal(tries, 7);
});

test('sealing stops when its person has left', async () => {
  let here = true;
  const sealer = new Sealer(async () => { throw new Problem('unreachable', 0, ''); }, async () => { here = false; }, () => here);
  await sealer.seal(VISIT);
  assert.equal(sealer.of(VISIT).peek().kind, 'waiting');
});
