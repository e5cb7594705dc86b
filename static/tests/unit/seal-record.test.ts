/** Chat and records: for their people, whole, and as other libraries understand them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as jose from 'jose';

import { BadBytes, base64url, type Bytes, concat, fromBase64url, fromUtf8, utf8 } from '../../src/seal/bytes.ts';
import { encodeBundle, type Identity, importBundle } from '../../src/seal/identity.ts';
import { addRecipient, cidOf, commitmentOf, encodeObject, fromGeneral, keyCommitment, openRecord, openWithKey, type RecordHead, readHead, sealRecord, toGeneral, Uncommitted, type Wrap } from '../../src/seal/jwe.ts';
import { pad, padme, unpad } from '../../src/seal/padme.ts';
import { gcmOpen, gcmSeal, Unopened } from '../../src/seal/primitives.ts';
import { Chain, judge, openBody, sealBody, type SealedMessage, unwrapKey, type Verdict, wrapKey } from '../../src/seal/transcript.ts';
import { edPair, edPkcs8, id, rfcKey, rsaPkcs8, seeded } from './seal-keys.ts';
import { everyFlipRefused, flip } from './seal-sync.ts';

const VISIT = id('visit');
const KEY = seeded('transcript');
const HEAD: RecordHead = { rec: id('record'), ver: 1, kind: 'transcript', visit: VISIT, key: id('key'), at: 1_790_000_000_000 };
const JSON_TEXT = JSON.stringify({ v: 1, messages: [{ text: 'नमस्ते' }] });

async function identity(which: 1 | 2): Promise<Identity> {
  return importBundle(encodeBundle(await rsaPkcs8(which), edPkcs8(seeded(`ed ${which}`))));
}

async function talk(...texts: string[]): Promise<{ messages: SealedMessage[]; chain: Chain; ed: Bytes }> {
  const author = await edPair('author');
  const chain = await Chain.of(VISIT);
  const messages: SealedMessage[] = [];
  for (const [i, text] of texts.entries()) {
    const message = id(`m${i}`);
    const body = await sealBody(KEY, { visit: VISIT, message, author: { key: author.key, ed: author.pub }, seen: chain.head, text });
    const sealed = { seq: i + 1, id: message, seat: id('seat'), body };
    assert.ok(await chain.push(sealed));
    messages.push(sealed);
  }
  return { messages, chain, ed: author.pub };
}

async function read(messages: readonly SealedMessage[], ed: Bytes, key = KEY): Promise<Verdict[]> {
  const chain = await Chain.of(VISIT);
  const verdicts: Verdict[] = [];
  for (const message of messages) {
    verdicts.push(await judge(key, VISIT, message, chain, [ed]));
    await chain.push(message);
  }
  return verdicts;
}

const histories = (verdicts: readonly Verdict[]) => verdicts.map((one) => (one.read ? one.history : one.why));

test('the same people read the same words, and know whose they are', async () => {
  const { messages, ed } = await talk('one', 'two', '', '👩‍⚕️ नमस्ते');
  const verdicts = await read(messages, ed);
  assert.deepEqual(verdicts.map((one) => (one.read ? [one.text, one.author, one.history] : [])), ['one', 'two', '', '👩‍⚕️ नमस्ते'].map((text) => [text, 'seat', 'same']));
});

test('words of a key that isn’t the seat’s are a stranger’s', async () => {
  const { messages } = await talk('one');
  const [verdict] = await read(messages, seeded('another'));
  assert.ok(verdict?.read && verdict.author === 'stranger');
});

test('every turned bit of a message is refused', async () => {
  const { messages } = await talk('short');
  const [message] = messages;
  assert.ok(message);
  await everyFlipRefused(message.body, (body) => openBody(KEY, VISIT, message.id, body));
});

test('a message opens in its own place only', async () => {
  const { messages } = await talk('one');
  const { body, id: message } = messages[0] ?? assert.fail();
  await assert.rejects(openBody(KEY, VISIT, id('other'), body), Unopened);
  await assert.rejects(openBody(KEY, id('other'), message, body), Unopened);
  await assert.rejects(openBody(seeded('other'), VISIT, message, body), Unopened);
});

test('who has the key but not the signature’s is a forger', async () => {
  const { messages } = await talk('one');
  const { id: message } = messages[0] ?? assert.fail();
  const [liar, victim, chain] = [await edPair('liar'), await edPair('author'), await Chain.of(VISIT)];
  const body = await sealBody(KEY, { visit: VISIT, message, author: { key: liar.key, ed: victim.pub }, seen: chain.head, text: 'I did not say that' });
  const verdict = await judge(KEY, VISIT, { seq: 1, id: message, seat: id('seat'), body }, chain, [victim.pub]);
  assert.ok(verdict.read && verdict.author === 'forged');
});

test('messages that were changed, dropped or put in another order are noticed', async () => {
  const { messages, ed } = await talk('one', 'two', 'three');
  const [one, two, three] = messages;
  assert.ok(one && two && three);
  assert.deepEqual(histories(await read([one, { ...three, seq: 2 }], ed)), ['same', 'differs']);
  assert.deepEqual(histories(await read([{ ...two, seq: 1 }, { ...one, seq: 2 }, three], ed)), ['differs', 'same', 'differs']);
  assert.deepEqual(histories(await read([one, { ...two, seat: id('liar') }, three], ed)), ['same', 'same', 'differs']);
  assert.deepEqual(histories(await read([one, { ...two, body: flip(two.body, 300) }, three], ed)), ['same', 'sealed', 'differs']);
});

test('a place that we don’t have is not called changed', async () => {
  const { messages, ed } = await talk('one', 'two', 'three');
  const chain = await Chain.of(VISIT);
  const verdict = await judge(KEY, VISIT, messages[2] ?? assert.fail(), chain, [ed]);
  assert.ok(verdict.read && verdict.history === 'unknown');
});

test('the chain takes the next message only', async () => {
  const { messages } = await talk('one', 'two');
  const [one, two] = messages;
  assert.ok(one && two);
  const chain = await Chain.of(VISIT);
  assert.equal(await chain.push(two), false);
  assert.equal(await chain.push(one), true);
  assert.equal(await chain.push(one), false);
  assert.equal(chain.head.seq, 1);
});

test('rubbish in place of a message is called broken, not believed', async () => {
  const chain = await Chain.of(VISIT);
  for (const body of [new Uint8Array(), Uint8Array.of(2), Uint8Array.of(1, 2, 3)]) {
    const verdict = await judge(KEY, VISIT, { seq: 1, id: id('m'), seat: id('s'), body }, chain, []);
    assert.deepEqual(verdict, { read: false, why: 'broken' });
  }
});

test('Padmé never shortens, adds at most 12 %, and leaves few lengths', () => {
  const lengths = new Set<number>();
  for (let length = 0; length < 70_000; length += 1) {
    const padded = padme(length);
    assert.ok(padded >= length && padme(padded) === padded);
    if (length > 10) assert.ok((padded - length) / length < 0.12, `${length}`);
    lengths.add(padded);
  }
  assert.ok(lengths.size < 260, `${lengths.size}`);
  assert.throws(() => padme(-1), BadBytes);
});

test('padding comes off, and only the padding that was put on', () => {
  for (const length of [0, 1, 5, 100, 5000]) assert.deepEqual(unpad(pad(seeded('p', length))), seeded('p', length));
  const padded = pad(seeded('p', 129));
  assert.throws(() => unpad(Uint8Array.of(...padded, 0)), BadBytes);
  assert.throws(() => unpad(padded.slice(0, -1)), BadBytes);
  assert.throws(() => unpad(flip(padded, padded.length * 8 - 1)), BadBytes);
  assert.throws(() => unpad(Uint8Array.of(255, 255, 255, 255)), BadBytes);
});

test('content ids are those that Kubo gives', async () => {
  assert.equal(await cidOf(new Uint8Array()), 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku');
  assert.equal(await cidOf(utf8('hello world')), 'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e');
});

test('RFC 7516, appendix A.1: our AES-GCM over a protected header', async () => {
  const header = 'eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ';
  const wrapped = 'OKOawDo13gRp2ojaHV7LFpZcgV7T6DVZKTyKOMTYUmKoTCVJRgckCL9kiMT03JGeipsEdY3mx_etLbbWSrFr05kLzcSr4qKAq7YN7e9jwQRb23nfa6c9d-StnImGyFDbSv04uVuxIp5Zms1gNxKKK2Da14B8S4rzVRltdYwam_lDp5XnZAYpQdb76FdIKLaVmqgfwX7XWRxv2322i-vDxRfqNzo_tETKzpVLzfiwQyeyPGLBIO56YJ7eObdv0je81860ppamavo35UgoRdbYaBcoh9QcfylQr66oc6vFWXRcZ_ZT2LawVCWTIy3brGPi6UklfCpIMfIjf7iGdXKHzg';
  const cek = new Uint8Array(await crypto.subtle.decrypt('RSA-OAEP', await rfcKey(), fromBase64url(wrapped)));
  const [iv, text, tag] = ['48V1_ALb6US04U3b', '5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6jiSdiwkIr3ajwQzaBtQD_A', 'XFBoMYUZodetZdvTiFvSkQ'].map(fromBase64url);
  assert.ok(iv && text && tag);
  const plain = 'The true sign of intelligence is not knowledge but imagination.';
  assert.equal(fromUtf8(await gcmOpen(cek, iv, utf8(header), concat(text, tag))), plain);
  assert.deepEqual(await gcmSeal(cek, iv, utf8(header), utf8(plain)), concat(text, tag));
});

test('RFC 7520, section 5.2: the content opens with its key, and general JSON puts the parts where we look', async () => {
  const cek = fromBase64url('mYMfsggkTAm0TbvtlFh2hyoXnbEzJQjMxmgLN3d8xXA');
  const header = 'eyJhbGciOiJSU0EtT0FFUCIsImtpZCI6InNhbXdpc2UuZ2FtZ2VlQGhvYmJpdG9uLmV4YW1wbGUiLCJlbmMiOiJBMjU2R0NNIn0';
  const text = 'o4k2cnGN8rSSw3IDo1YuySkqeS_t2m1GXklSgqBdpACm6UJuJowOHC5ytjqYgRL-I-soPlwqMUf4UgRWWeaOGNw6vGW-xyM01lTYxrXfVzIIaRdhYtEMRBvBWbEwP7ua1DRfvaOjgZv6Ifa3brcAM64d8p5lhhNcizPersuhw5f-pGYzseva-TUaL8iWnctc-sSwy7SQmRkfhDjwbz0fz6kFovEgj64X1I5s7E6GLp5fnbYGLa1QUiML7Cc2GxgvI7zqWo0YIEc7aCflLG1-8BboVWFdZKLK9vNoycrYHumwzKluLWEbSVmaPpOslY2n525DxDfWaVFUfKQxMF56vn4B9QMpWAbnypNimbM8zVOw';
  const [iv, tag] = ['-nBoKLH0YkLZPSI9', 'UCGiqJxhBI3IFVdPalHHvA'].map(fromBase64url);
  assert.ok(iv && tag);
  const contents = concat(fromBase64url(text), tag);
  const plain = fromUtf8(await gcmOpen(cek, iv, utf8(header), contents));
  assert.ok(plain.startsWith('You can trust us') && plain.endsWith('Frodo.'));
  assert.deepEqual(await gcmSeal(cek, iv, utf8(header), utf8(plain)), contents);
  const general = toGeneral(encodeObject(header, iv, contents), []);
  assert.deepEqual(general, { protected: header, recipients: [], iv: base64url(iv), ciphertext: text, tag: base64url(tag) });
  assert.throws(() => fromGeneral(general), BadBytes, 'a JWE that is not a record of ours');
});

async function sealed() {
  const [patient, doctor] = await Promise.all([identity(1), identity(2)]);
  const record = await sealRecord(HEAD, JSON_TEXT, [{ kid: id('p'), rsa: patient.rsaPublic }, { kid: id('d'), rsa: doctor.rsaPublic }]);
  const [ofPatient, ofDoctor] = record.wraps;
  assert.ok(ofPatient && ofDoctor);
  return { patient, doctor, record, ofPatient, ofDoctor };
}

test('a record opens for patient and doctor, and its header says what it is', async () => {
  const { patient, doctor, record, ofPatient, ofDoctor } = await sealed();
  for (const opened of [await openRecord(record.object, ofPatient, patient.rsa), await openRecord(record.object, ofDoctor, doctor.rsa)]) {
    assert.deepEqual(opened, { head: HEAD, json: JSON_TEXT });
  }
  assert.deepEqual(readHead(record.object), HEAD);
  await assert.rejects(openRecord(record.object, ofPatient, doctor.rsa), Unopened);
});

test('the protected header has its fields in the order of the contract', async () => {
  const { record } = await sealed();
  const fields = Object.keys(JSON.parse(fromUtf8(fromBase64url(toGeneral(record.object, []).protected))));
  assert.deepEqual(fields, ['enc', 'typ', 'cty', 'rec', 'ver', 'kind', 'visit', 'key', 'at', 'kc']);
});

test('a new recipient can open the record, and the object stays as it was', async () => {
  const { patient, doctor, record, ofPatient } = await sealed();
  const added: Wrap = await addRecipient(ofPatient, patient.rsa, { kid: id('new'), rsa: doctor.rsaPublic });
  assert.equal((await openRecord(record.object, added, doctor.rsa)).json, JSON_TEXT);
});

test('every turned bit of an object is refused', async () => {
  const luck = { key: seeded('content key'), iv: seeded('iv', 12) };
  const { object } = await sealRecord(HEAD, '{}', [], luck);
  await everyFlipRefused(object, (changed) => openWithKey(changed, luck.key));
});

test('a key that was not committed to opens nothing, even when it fits the ciphertext', async () => {
  const key = seeded('another');
  const { object } = await sealRecord(HEAD, '{}', [], { key: seeded('content key'), iv: seeded('iv', 12) });
  const { protected: header } = toGeneral(object, []);
  const forged = encodeObject(header, seeded('iv', 12), await gcmSeal(key, seeded('iv', 12), utf8(header), pad(utf8('{}'))));
  await assert.rejects(openWithKey(forged, key), Uncommitted);
});

test('a record without a commitment, or with a header that asks for more, is none of ours', async () => {
  const { object } = await sealRecord(HEAD, '{}', [], { key: seeded('k'), iv: seeded('iv', 12) });
  const jwe = toGeneral(object, []);
  const header = JSON.parse(fromUtf8(fromBase64url(jwe.protected)));
  const { kc, ...without } = header;
  assert.ok(kc);
  for (const bad of [without, { ...header, enc: 'A128GCM' }, { ...header, typ: 'x' }, { ...header, crit: ['b64'] }, { ...header, zip: 'DEF' }, { ...header, at: '1' }]) {
    assert.throws(() => fromGeneral({ ...jwe, protected: base64url(utf8(JSON.stringify(bad))) }), BadBytes);
  }
});

test('a record larger than a block is refused', async () => {
  await assert.rejects(sealRecord(HEAD, 'x'.repeat(1_048_576), []), BadBytes);
});

test('jose opens what we seal', async () => {
  const { record } = await sealed();
  const jwe = toGeneral(record.object, record.wraps);
  for (const which of [1, 2] as const) {
    const key = await crypto.subtle.importKey('pkcs8', await rsaPkcs8(which), { name: 'RSA-OAEP', hash: 'SHA-256' }, false, ['decrypt']);
    const { plaintext, protectedHeader } = await jose.generalDecrypt(jwe, key);
    assert.equal(fromUtf8(unpad(Uint8Array.from(plaintext))), JSON_TEXT);
    assert.equal(protectedHeader?.rec, HEAD.rec);
  }
});

test('we open what jose seals', async () => {
  const { patient } = await sealed();
  const cek = seeded('jose key');
  const { kc, ...rest } = { ...HEAD, kc: await keyCommitment(cek) };
  const spki = await crypto.subtle.importKey('spki', patient.rsaPublic, { name: 'RSA-OAEP', hash: 'SHA-256' }, true, ['encrypt']);
  const flat = await new jose.FlattenedEncrypt(pad(utf8(JSON_TEXT)))
    .setProtectedHeader({ enc: 'A256GCM', typ: 'vaidya-record', cty: 'application/vnd.vaidya.transcript+json', ...rest, kc })
    .setUnprotectedHeader({ alg: 'RSA-OAEP-256', kid: id('p') })
    .setContentEncryptionKey(cek)
    .encrypt(spki);
  const { protected: header = '', encrypted_key = '', iv = '', ciphertext, tag = '' } = flat;
  const { object, wraps } = fromGeneral({ protected: header, recipients: [{ header: { alg: 'RSA-OAEP-256', kid: id('p') }, encrypted_key }], iv, ciphertext, tag });
  assert.equal((await openRecord(object, wraps[0] ?? assert.fail(), patient.rsa)).json, JSON_TEXT);
});

test('general JSON and object say the same', async () => {
  const { record } = await sealed();
  const back = fromGeneral(toGeneral(record.object, record.wraps));
  assert.deepEqual(back, { object: record.object, wraps: record.wraps });
});

test('a commitment changes with kind, salt and object', async () => {
  const salt = seeded('salt');
  const all = await Promise.all([
    commitmentOf('transcript', salt, utf8('a')),
    commitmentOf('note', salt, utf8('a')),
    commitmentOf('transcript', seeded('pepper'), utf8('a')),
    commitmentOf('transcript', salt, utf8('b')),
  ]);
  assert.equal(new Set(all.map(base64url)).size, 4);
});

test('a wrap opens for its key, and not with a bit turned', async () => {
  const [one, other] = [await identity(1), await identity(2)];
  const wrapped = await wrapKey(one.rsaPublic, KEY);
  assert.deepEqual(await unwrapKey(one.rsa, wrapped), KEY);
  await assert.rejects(unwrapKey(other.rsa, wrapped), Unopened);
  await everyFlipRefused(wrapped, (changed) => unwrapKey(one.rsa, changed), 37);
  await assert.rejects(unwrapKey(one.rsa, await wrapKey(one.rsaPublic, utf8('short'))), BadBytes);
});
