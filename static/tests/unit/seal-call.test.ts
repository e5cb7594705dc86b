/** The same call with real keys: blobs, rosters, secrets, and what is sealed for one pair. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type Bytes, concat, hex } from '../../src/seal/bytes.ts';
import { Epochs } from '../../src/seal/epochs.ts';
import { enter, type Entry, makeGuest, readMember, type SeatRole } from '../../src/seal/member.ts';
import { decodePass, encodePass, pairKey, pairOpen, pairSeal, unwrapSecret, wrapSecret } from '../../src/seal/pass.ts';
import { ENGLISH, phraseOf } from '../../src/seal/phrase.ts';
import { decodeRoster, encodeRoster, MAX_MEMBERS, nextEpoch, openRoster, refuse, signRoster } from '../../src/seal/roster.ts';
import { sealsOf } from '../../src/seal/seals.ts';
import { edPair, id, seeded } from './seal-keys.ts';
import { everyFlipRefused, flip } from './seal-sync.ts';

const VISIT = id('visit');

async function comes(name: string, role: SeatRole): Promise<Entry> {
  const pair = await edPair(name);
  return enter(VISIT, role, role === 'guest' ? await makeGuest() : { key: pair.key, ed: pair.pub });
}

const member = (seat: string, entry: Entry) => ({ seat, x: entry.xPublic, ed: entry.signer.ed });

test('a blob is for one visit, one role and one person, and every bit of it counts', async () => {
  const { blob, signer, xPublic } = await comes('patient', 'patient');
  assert.deepEqual((await readMember(blob, VISIT, 'patient', [signer.ed]))?.x, xPublic);
  assert.equal(await readMember(blob, id('other'), 'patient', [signer.ed]), null);
  assert.equal(await readMember(blob, VISIT, 'doctor', [signer.ed]), null);
  assert.equal(await readMember(blob, VISIT, 'patient', [seeded('other')]), null);
  assert.equal(await readMember(blob, VISIT, 'patient', []), null);
  assert.deepEqual((await readMember(blob, VISIT, 'patient', null))?.x, xPublic, 'a patient without an account has no key that is listed');
  const doctor = await comes('doctor', 'doctor');
  assert.equal(await readMember(doctor.blob, VISIT, 'doctor', null), null, 'a doctor’s key is always listed');
  for (let bit = 0; bit < blob.length * 8; bit += 1) assert.equal(await readMember(flip(blob, bit), VISIT, 'patient', [signer.ed]), null);
  assert.equal(await readMember(concat(blob, Uint8Array.of(0)), VISIT, 'patient', [signer.ed]), null);
});

test('a guest needs no account, and cannot sit on another’s chair', async () => {
  const { blob } = await comes('guest', 'guest');
  assert.notEqual(await readMember(blob, VISIT, 'guest', null), null);
  assert.equal(await readMember(blob, VISIT, 'patient', null), null);
});

test('a roster opens with the doctor’s key alone, and with every bit as it was', async () => {
  const [doctor, patient] = [await comes('doctor', 'doctor'), await comes('patient', 'patient')];
  const members = [member(id('d'), doctor), member(id('p'), patient)];
  const signed = await signRoster(doctor.signer.key, { visit: VISIT, epoch: 9, members });
  const opened = await openRoster(signed, [doctor.signer.ed]);
  assert.equal(opened?.roster.epoch, 9);
  assert.equal(await openRoster(signed, [patient.signer.ed]), null);
  assert.equal(await openRoster(signed, []), null);
  for (let bit = 0; bit < signed.length * 8; bit += 3) assert.equal(await openRoster(flip(signed, bit), [doctor.signer.ed]), null);
});

test('a roster out of order, doubled or too long is none', async () => {
  const one = { seat: id('a'), x: seeded('x'), ed: seeded('e') };
  const two = { ...one, seat: id('b') };
  const body = encodeRoster({ visit: VISIT, epoch: 1, members: [two, one] });
  assert.equal(decodeRoster(body).members.length, 2);
  const head = body.slice(0, 26);
  const [first, second] = [body.slice(26, 106), body.slice(106)];
  assert.throws(() => decodeRoster(concat(head, second, first)));
  assert.throws(() => decodeRoster(concat(head, first, first)));
  assert.throws(() => decodeRoster(concat(body, Uint8Array.of(0))));
  assert.throws(() => encodeRoster({ visit: VISIT, epoch: 1, members: Array.from({ length: MAX_MEMBERS + 1 }, (_, i) => ({ ...one, seat: id(`${i}`) })) }));
});

test('each rule of a roster has its name', () => {
  const [me, other] = [{ seat: id('me'), x: seeded('1'), ed: seeded('2') }, { seat: id('other'), x: seeded('3'), ed: seeded('4') }];
  const knowledge = { visit: VISIT, epoch: 5, me, known: new Map([[other.seat, other]]) };
  const roster = { visit: VISIT, epoch: 6, members: [me, other] };
  assert.equal(refuse(roster, knowledge), null);
  assert.equal(refuse({ ...roster, visit: id('x') }, knowledge)?.why, 'wrong_visit');
  assert.equal(refuse({ ...roster, epoch: 5 }, knowledge)?.why, 'stale');
  assert.equal(refuse({ ...roster, members: [other] }, knowledge)?.why, 'not_me');
  assert.equal(refuse({ ...roster, members: [{ ...me, x: seeded('9') }, other] }, knowledge)?.why, 'not_me');
  assert.deepEqual(refuse({ ...roster, members: [me, { ...other, x: seeded('9') }] }, knowledge), { why: 'unknown_member', seat: other.seat });
  assert.equal(refuse(roster, { ...knowledge, known: new Map() })?.why, 'unknown_member');
});

test('epochs grow, are not in the past, and their key ids follow each other', () => {
  for (const [highest, now] of [[0, 0], [0, 1000], [7, 7], [1_790_000_000_005, 1_790_000_000_000], [3, 1_790_000_000_000]] as const) {
    const next = nextEpoch(highest, now);
    assert.ok(next > highest && next >= now && next < Math.max(highest + 1, now) + 8);
    assert.equal(next % 8, (highest + 1) % 8);
  }
});

test('a secret opens for its recipient in its epoch of its roster only', async () => {
  const [doctor, patient, guest] = [await comes('doctor', 'doctor'), await comes('patient', 'patient'), await comes('guest', 'guest')];
  const way = { visit: VISIT, from: id('d'), to: id('p'), epoch: 5, roster: seeded('hash') };
  const wrap = await wrapSecret(doctor.x, patient.xPublic, way, seeded('secret'));
  assert.equal(wrap.length, 48);
  assert.deepEqual(await unwrapSecret(patient.x, doctor.xPublic, way, wrap), seeded('secret'));
  await assert.rejects(unwrapSecret(guest.x, doctor.xPublic, way, wrap));
  for (const change of [{ visit: id('x') }, { from: id('x') }, { to: id('x') }, { epoch: 6 }, { roster: seeded('x') }, { from: way.to, to: way.from }]) {
    await assert.rejects(unwrapSecret(patient.x, doctor.xPublic, { ...way, ...change }, wrap));
  }
  await everyFlipRefused(wrap, (changed) => unwrapSecret(patient.x, doctor.xPublic, way, changed));
});

test('a point that gives no secret is refused', async () => {
  const { x } = await comes('doctor', 'doctor');
  for (const point of [new Uint8Array(32), Uint8Array.of(1, ...new Uint8Array(31))]) {
    await assert.rejects(pairKey(x, point, { visit: VISIT, from: id('a'), to: id('b') }));
  }
});

test('what is sealed for a pair opens in one direction and as one kind', async () => {
  const [doctor, patient] = [await comes('doctor', 'doctor'), await comes('patient', 'patient')];
  const way = { visit: VISIT, from: id('d'), to: id('p') };
  const [mine, theirs] = [await pairKey(doctor.x, patient.xPublic, way), await pairKey(patient.x, doctor.xPublic, way)];
  assert.deepEqual(mine, theirs);
  const sealed = await pairSeal(mine, 'checked', way, Uint8Array.of(1));
  assert.deepEqual(await pairOpen(theirs, 'checked', way, sealed), Uint8Array.of(1));
  await assert.rejects(pairOpen(theirs, 'key', way, sealed));
  await assert.rejects(pairOpen(theirs, 'checked', { ...way, from: way.to, to: way.from }, sealed));
  await everyFlipRefused(sealed, (changed) => pairOpen(theirs, 'checked', way, changed));
});

test('passes come back as they were, and cut ones are refused', () => {
  const passes = [
    { kind: 'roster', signed: seeded('r', 200) }, { kind: 'secret', epoch: 7, wrap: seeded('w', 48) }, { kind: 'ready', epoch: 7 },
    { kind: 'want', epoch: 7 }, { kind: 'hello', epoch: 0 }, { kind: 'reveal', sealed: seeded('s', 44) },
  ] as const;
  for (const pass of passes) assert.deepEqual(decodePass(encodePass(pass)), pass);
  for (const body of [new Uint8Array(), Uint8Array.of(0), Uint8Array.of(9), Uint8Array.of(3, 0), Uint8Array.of(2, ...new Uint8Array(57)), new Uint8Array(5000).fill(1)]) {
    assert.throws(() => decodePass(body));
  }
});

test('the phrase is the same from both sides, and changes with every key, nonce and visit', async () => {
  const one = { seat: id('1'), ed: seeded('e1'), nonce: seeded('n1', 16) };
  const other = { seat: id('2'), ed: seeded('e2'), nonce: seeded('n2', 16) };
  const phrase = await phraseOf(VISIT, one, other);
  assert.deepEqual(await phraseOf(VISIT, other, one), phrase);
  const changed = await Promise.all([
    phraseOf(id('x'), one, other), phraseOf(VISIT, { ...one, ed: seeded('x') }, other), phraseOf(VISIT, one, { ...other, nonce: seeded('x', 16) }), phraseOf(VISIT, { ...one, seat: id('x') }, other),
  ]);
  for (const words of changed) assert.notDeepEqual(words, phrase);
});

test('the words are 64, and no two begin alike or sound alike', () => {
  assert.equal(ENGLISH.length, 64);
  assert.deepEqual([...ENGLISH].sort(), [...new Set(ENGLISH)].sort());
  assert.equal(new Set(ENGLISH.map((word) => word.slice(0, 3))).size, 64);
  for (const one of ENGLISH) {
    assert.match(one, /^[a-z]{4,7}$/);
    for (const other of ENGLISH) if (one < other) assert.ok(distance(one, other) >= 2, `${one} ${other}`);
  }
});

/** Letters to change, add or drop to make one word of the other (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...one].entries()) {
    const next = [i + 1];
    for (const [j, against] of [...other].entries()) {
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (letter === against ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

test('with real keys a doctor, a patient and a guest come to one epoch and one phrase each', async () => {
  const roles: [string, SeatRole][] = [[id('d'), 'doctor'], [id('p'), 'patient'], [id('g'), 'guest']];
  const post: { from: string; to: string; body: Bytes }[] = [];
  const alarms: string[] = [];
  const people = await Promise.all(roles.map(async ([seat, role]) => {
    const entry = await comes(role, role);
    const [sends, opens] = [new Map<number, string>(), new Map<string, string>()];
    const epochs = new Epochs({ visit: VISIT, seat, role, entry }, sealsOf(VISIT, seat, entry), {
      now: () => 1_790_000_000_000,
      pass: (to, body) => post.push({ from: seat, to, body }),
      sendKey: (epoch, secret) => sends.set(epoch, hex(secret)),
      mute: () => undefined,
      receiveKey: (from, epoch, secret) => opens.set(`${from} ${epoch}`, hex(secret)),
      dropKey: () => undefined,
      alarm: ({ kind }) => alarms.push(kind),
      changed: () => undefined,
      transcriptKey: (key) => opens.set('transcript', hex(key)),
      remembered: () => Promise.resolve(false),
      remember: () => undefined,
    });
    return { seat, role, entry, epochs, sends, opens };
  }));
  const seats = people.map(({ seat, role, entry }) => ({ seat, role, blob: entry.blob, keys: role === 'guest' ? null : [entry.signer.ed] }));
  for (const one of people) one.epochs.room(seats);
  people[0]?.epochs.transcript(seeded('transcript'));
  for (;;) {
    await Promise.all(people.map((one) => one.epochs.idle()));
    const letter = post.shift();
    if (letter === undefined) break;
    people.find((one) => one.seat === letter.to)?.epochs.pass(letter.from, letter.body);
  }
  assert.deepEqual(alarms, []);
  const { epoch } = people[0]?.epochs.view() ?? assert.fail();
  for (const writer of people) {
    for (const reader of people) {
      if (reader === writer) continue;
      assert.equal(reader.opens.get(`${writer.seat} ${epoch}`), writer.sends.get(epoch));
      const phrase = (one: typeof writer, with_: typeof writer) => one.epochs.view().pairs.find((pair) => pair.seat === with_.seat)?.phrase;
      assert.equal(phrase(reader, writer)?.length, 5);
      assert.deepEqual(phrase(reader, writer), phrase(writer, reader));
    }
  }
  assert.equal(people[2]?.opens.get('transcript'), hex(seeded('transcript')));
});
