/** A call is sealed, comes back by itself, and says so when the server misbehaves. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { base64url, fromBase64url } from '../../src/seal/bytes.ts';
import { makeBlob, makeGuest } from '../../src/seal/member.ts';
import { encodePass } from '../../src/seal/pass.ts';
import { signRoster } from '../../src/seal/roster.ts';
import { Office, type Somebody, VISIT } from './office.ts';
import { id, seeded } from './seal-keys.ts';

async function pair(office = new Office()): Promise<{ office: Office; doctor: Somebody; patient: Somebody }> {
  const doctor = await office.add('doctor', 'doctor');
  const patient = await office.add('patient', 'patient');
  return { office, doctor, patient };
}

async function inCall() {
  const all = await pair();
  await all.doctor.join();
  await all.patient.join();
  await all.office.settle();
  assert.ok(all.office.whole());
  return all;
}

test('two people who come seal for each other and for nobody else', async () => {
  const { doctor, patient } = await inCall();
  assert.equal(doctor.shield.mark.value, 'sealed');
  assert.equal(patient.shield.mark.value, 'sealed');
  assert.deepEqual([...doctor.heard, ...patient.heard], []);
});

test('nothing may be sent before there is a key', async () => {
  const { office, doctor, patient } = await pair();
  await patient.join();
  await office.pass(2_000);
  assert.equal(patient.keyedTimes, 0);
  assert.equal(patient.shield.mark.value, 'alone');
  await doctor.join();
  await office.settle();
  assert.equal(patient.keyedTimes, 1);
  assert.ok(office.whole());
});

test('without the doctor there is no key, and the page says what it waits for', async () => {
  const { office, patient } = await pair();
  const guest = await office.add('guest', 'guest');
  await patient.join();
  await guest.join();
  await office.pass(3_000);
  assert.equal(patient.keyedTimes + guest.keyedTimes, 0);
  assert.equal(patient.shield.mark.value, 'no_doctor');
});

test('while the doctor is away the others go on in the epoch they have', async () => {
  const { office, doctor } = await inCall();
  const guest = await office.add('guest', 'guest');
  await guest.join();
  await office.pass(2_000);
  assert.ok(office.whole());
  office.goes(doctor);
  await office.pass(20_000);
  assert.ok(office.whole());
  await doctor.join();
  await office.pass(3_000);
  assert.ok(office.whole());
});

for (const who of ['doctor', 'patient', 'guest'] as const) {
  test(`a reload of the ${who} mends itself with new keys, and nobody is alarmed`, async () => {
    const all = await inCall();
    const guest = await all.office.add('guest', 'guest');
    await guest.join();
    await all.office.pass(2_000);
    const somebody = { ...all, guest }[who];
    const before = somebody.blob;
    await somebody.join();
    await all.office.pass(3_000);
    assert.notEqual(somebody.blob, before);
    assert.ok(all.office.whole());
    assert.deepEqual(all.office.people.flatMap((one) => one.kinds()), []);
  });
}

test('a key that the server lists late is asked for again, and nobody is alarmed', async () => {
  const { office, doctor, patient } = await pair();
  await doctor.join();
  await office.settle();
  let asked = 0;
  office.lists = (keys) => ((asked += 1) > 1 ? keys : { ...keys, patient: [] });
  await patient.join();
  await office.pass(5_000);
  assert.ok(office.whole());
  assert.equal(doctor.shield.mark.value, 'sealed');
});

test('a key that is never listed gets nothing, and the page says so', async () => {
  const { office, doctor, patient } = await pair();
  office.lists = (keys) => ({ ...keys, patient: keys.patient.map((one) => ({ ...one, edBytes: seeded('another of theirs') })) });
  await doctor.join();
  await patient.join();
  await office.pass(6_000);
  assert.ok(doctor.kinds().includes('bad_member'));
  assert.equal(doctor.shield.mark.value, 'warning');
  assert.equal(office.sent(patient.seat, 'secret').length, 0);
  assert.equal(office.hears(patient, doctor), false);
});

test('a patient without an account is sealed for like a guest, once the server was asked again', async () => {
  const { office, doctor, patient } = await pair();
  office.lists = (keys) => ({ ...keys, patient: [] });
  await doctor.join();
  await patient.join();
  await office.settle();
  assert.ok(office.whole());
  assert.equal(doctor.shield.mark.value, 'sealed');
  assert.deepEqual([...doctor.heard, ...patient.heard], []);
});

test('a patient who had keys is never taken for one without, whatever the server lists later', async () => {
  const { office, doctor, patient } = await inCall();
  office.lists = (keys) => ({ ...keys, patient: [] });
  const blob = await makeBlob(VISIT, 'patient', await makeGuest(), seeded('their x'), seeded('nonce', 16));
  const invented = { ...patient.view(), id: id('invented'), key: base64url(blob) };
  office.shows = (seats) => [...seats, invented];
  office.tellAll();
  await office.pass(6_000);
  assert.ok(doctor.kinds().includes('bad_member'));
  assert.equal(office.log.filter((one) => one.to === invented.id).length, 0);
});

test('a seat that the server invents in the place of the patient gets nothing', async () => {
  const { office, doctor, patient } = await inCall();
  const stranger = await makeGuest();
  const blob = await makeBlob(VISIT, 'patient', stranger, seeded('their x'), seeded('nonce', 16));
  const invented = { ...patient.view(), id: id('invented'), key: base64url(blob) };
  office.shows = (seats) => [...seats, invented];
  office.tellAll();
  await office.pass(4_000);
  assert.ok(doctor.kinds().includes('bad_member'));
  assert.equal(office.log.filter((one) => one.to === invented.id).length, 0);
  assert.ok(office.whole(), 'the others go on');
});

test('a key that was put in the place of the one the patient joined with gets nothing', async () => {
  const { office, doctor, patient } = await pair();
  const blob = base64url(await makeBlob(VISIT, 'patient', await makeGuest(), seeded('their x'), seeded('nonce', 16)));
  office.shows = (seats, to) => seats.map((one) => (to === doctor && one.id === patient.seat && one.key !== null ? { ...one, key: blob } : one));
  await doctor.join();
  await patient.join();
  await office.pass(4_000);
  assert.ok(doctor.kinds().includes('bad_member'));
  assert.equal(office.sent(patient.seat, 'secret').length, 0);
  assert.equal(patient.keyedTimes, 0);
});

test('a roster that the server made up is not taken, and its people get no key', async () => {
  const { office, doctor, patient } = await inCall();
  const stranger = await makeGuest();
  const epoch = office.now + 60_000;
  const roster = { visit: VISIT, epoch, members: [{ seat: patient.seat, x: fromBase64url(patient.blob).slice(1, 33), ed: patient.signer.ed }, { seat: id('invented'), x: seeded('x'), ed: stranger.ed }] };
  const sent = office.log.length;
  await office.forge(doctor.seat, patient, base64url(encodePass({ kind: 'roster', signed: await signRoster(stranger.key, roster) })));
  assert.ok(patient.kinds().includes('forged_roster'));
  assert.equal(patient.shield.mark.value, 'warning');
  assert.deepEqual(office.log.slice(sent).filter((one) => one.kind === 'secret'), []);
  assert.ok(office.whole());
});

test('an old roster that is played again is not taken', async () => {
  const { office, doctor, patient } = await inCall();
  const [old] = office.sent(patient.seat, 'roster');
  assert.ok(old);
  await doctor.join();
  await office.pass(3_000);
  const secrets = office.log.filter((one) => one.kind === 'secret').length;
  await office.forge(doctor.seat, patient, old.body);
  await office.pass(5_000);
  assert.ok(patient.kinds().includes('replayed_roster') || patient.kinds().includes('forged_roster'), String(patient.kinds()));
  assert.equal(office.log.filter((one) => one.kind === 'secret').length, secrets);
  assert.ok(office.whole());
});

test('a key on its way that never arrives is asked for, said to be missing, and taken when it comes', async () => {
  const { office, doctor, patient } = await pair();
  office.bend = (letter) => (letter.kind === 'secret' && letter.to === patient.seat ? [] : [letter]);
  await doctor.join();
  await patient.join();
  await office.pass(2_000);
  assert.equal(patient.shield.mark.value, 'securing');
  await office.pass(10_000);
  assert.ok(patient.kinds().includes('missing_secret'));
  assert.ok(office.log.some((one) => one.kind === 'want'));
  office.bend = (letter) => [letter];
  await office.pass(5_000);
  assert.ok(office.whole());
  assert.equal(patient.shield.mark.value, 'sealed');
});

test('a member who never says that they are ready holds nobody up', async () => {
  const { office, doctor, patient } = await inCall();
  const guest = await office.add('guest', 'guest');
  office.bend = (letter) => (letter.kind === 'ready' && letter.from === guest.seat ? [] : [letter]);
  await guest.join();
  await office.settle();
  assert.ok(office.hears(patient, doctor) && office.hears(doctor, patient), 'the old epoch goes on');
  await office.pass(1_750);
  assert.ok(office.whole());
});

test('a doctor who comes back in the middle of a rotation mends it', async () => {
  const { office, doctor } = await inCall();
  const guest = await office.add('guest', 'guest');
  const held: string[] = [];
  office.bend = (letter) => {
    if (letter.kind !== 'secret') return [letter];
    held.push(letter.body);
    return [];
  };
  await guest.join();
  await office.settle();
  assert.ok(held.length > 0, 'the rotation is under way');
  office.bend = (letter) => [letter];
  await doctor.join();
  await office.pass(4_000);
  assert.ok(office.whole());
  assert.deepEqual(office.people.flatMap((one) => one.kinds()), []);
});

test('somebody who is removed opens nothing that is sent after', async () => {
  const { office, doctor, patient } = await inCall();
  const guest = await office.add('guest', 'guest');
  await guest.join();
  await office.pass(2_000);
  const { opens } = guest.desk;
  const known = new Map(opens);
  office.goes(guest);
  await office.settle();
  assert.ok(office.whole());
  for (const one of [doctor, patient]) assert.notEqual(known.get(`${one.seat} ${one.desk.sending?.epoch}`), one.desk.sending?.secret);
});

for (const standing of ['lobby', 'removed'] as const) {
  test(`somebody whose standing is ${standing} gets nothing, though their key is known`, async () => {
    const { office, doctor } = await inCall();
    const guest = await office.add('guest', 'guest');
    office.shows = (seats) => seats.map((one) => (one.id === guest.seat ? { ...one, standing } : one));
    await guest.join();
    await office.pass(3_000);
    assert.equal(office.log.filter((one) => one.to === guest.seat).length, 0);
    assert.equal(doctor.shield.mark.value, 'sealed');
    office.shows = (seats) => seats;
    office.tellAll();
    await office.pass(3_000);
    assert.ok(office.whole(), 'once they are let in they do');
  });
}

test('two who find their words the same are verified, and are not asked again after a reload', async () => {
  const { office, doctor, patient } = await inCall();
  const words = doctor.shield.pair(patient.seat)?.phrase;
  assert.equal(words?.length, 5);
  assert.deepEqual(patient.shield.pair(doctor.seat)?.phrase, words);
  doctor.shield.check(patient.seat, true);
  await office.settle();
  assert.equal(doctor.shield.mark.value, 'sealed');
  patient.shield.check(doctor.seat, true);
  await office.pass(3_000);
  assert.deepEqual([doctor.shield.mark.value, patient.shield.mark.value], ['verified', 'verified']);
  await patient.join();
  await office.pass(3_000);
  assert.deepEqual([doctor.shield.mark.value, patient.shield.mark.value], ['verified', 'verified']);
});

test('guests are verified for this call only', async () => {
  const { office, doctor, patient } = await inCall();
  const guest = await office.add('guest', 'guest');
  await guest.join();
  await office.pass(2_000);
  for (const [one, other] of [[doctor, patient], [doctor, guest], [patient, guest]] as const) {
    one.shield.check(other.seat, true);
    other.shield.check(one.seat, true);
  }
  await office.pass(4_000);
  assert.equal(doctor.shield.mark.value, 'verified');
  await guest.join();
  await office.pass(3_000);
  assert.equal(doctor.shield.mark.value, 'sealed');
});

test('two whose words differ are both warned', async () => {
  const { office, doctor, patient } = await inCall();
  patient.shield.check(doctor.seat, false);
  await office.pass(1_000);
  assert.deepEqual([doctor.shield.mark.value, patient.shield.mark.value], ['warning', 'warning']);
  assert.ok(doctor.kinds().includes('phrase_differs'));
});

test('a guest is given the key of the chat, also after a reload', async () => {
  const { office, doctor } = await inCall();
  const guest = await office.add('guest', 'guest');
  doctor.shield.give(seeded('transcript'));
  await guest.join();
  await office.pass(2_000);
  const key = Buffer.from(seeded('transcript')).toString('hex');
  assert.equal(guest.transcript, key);
  guest.transcript = null;
  await guest.join();
  await office.pass(4_000);
  assert.equal(guest.transcript, key);
  await doctor.join();
  const second = await office.add('second guest', 'guest');
  await second.join();
  await office.pass(4_000);
  assert.equal(second.transcript, key, 'and by a doctor who came back');
});

test('what was read of a seat goes when its browser is another one', async () => {
  const { office, doctor, patient } = await inCall();
  await office.forge(patient.seat, doctor, 'AA');
  assert.equal(doctor.shield.mark.value, 'warning');
  await patient.join();
  await office.pass(3_000);
  assert.equal(doctor.shield.mark.value, 'sealed');
});

test('the sealing of a connection goes with it', async () => {
  const { patient } = await inCall();
  const { desk } = patient;
  patient.seal?.close();
  assert.equal(desk.closed, true);
  assert.equal(desk.sending, null);
  assert.equal(desk.opens.size, 0);
});
