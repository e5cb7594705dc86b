/** Everybody who is in hears everybody who is in, nobody else does, and whoever meddles is noticed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type Bytes, hex } from '../../src/seal/bytes.ts';
import { MISSING_MS, OLD_LEAVE_MS, SWITCH_MS } from '../../src/seal/epochs.ts';
import { Keyring } from '../../src/seal/keyring.ts';
import { decodePass, encodePass } from '../../src/seal/pass.ts';
import { id } from './seal-keys.ts';
import { chance, flip } from './seal-sync.ts';
import { type Tab, VISIT, World } from './seal-world.ts';

/** Seeds that are tried at every run; `SEEDS=5000 npm test` tries more. */
const SEEDS = Number(process.env.SEEDS ?? 400);

async function call(...guests: string[]) {
  const world = new World(chance(7));
  const doctor = world.open('doctor', 'doctor');
  const patient = world.open('patient', 'patient');
  for (const name of guests) world.open(name, 'guest');
  world.showRoom();
  await world.flush();
  return { world, doctor, patient, tab: (name: string): Tab => world.tabs.get(id(name)) ?? assert.fail('nobody there') };
}

function kinds(tab: Tab): string[] {
  return tab.alarms.map((one) => one.kind);
}

function everybodyHears(world: World): void {
  for (const reader of world.tabs.values()) {
    for (const writer of world.tabs.values()) {
      if (reader !== writer) assert.ok(world.hears(reader, writer), `${reader.role} does not hear ${writer.role}`);
    }
  }
  assert.deepEqual(world.violations, []);
}

test('two people hear each other as soon as the passes are through', async () => {
  const { world, doctor, patient } = await call();
  everybodyHears(world);
  assert.deepEqual([...kinds(doctor), ...kinds(patient)], []);
  assert.equal(doctor.epochs.view().epoch, patient.epochs.view().epoch);
});

test('at a join everybody goes on with the old key until all are ready', async () => {
  const { world, patient } = await call();
  const before = patient.sending;
  world.open('guest', 'guest');
  world.showRoom();
  await world.settle();
  const rosters = world.post.filter((one) => decodePass(one.body).kind === 'roster');
  const rest = world.post.filter((one) => !rosters.includes(one));
  world.post.splice(0);
  for (const letter of rosters) await world.deliver(letter);
  assert.deepEqual(patient.sending, before);
  world.post.unshift(...rest);
  await world.flush();
  assert.notDeepEqual(patient.sending, before);
  everybodyHears(world);
});

test('a member who never acknowledges holds nobody up', async () => {
  const { world, doctor, patient } = await call();
  world.open('guest', 'guest');
  world.showRoom();
  await world.settle();
  for (let step = 0; step < SWITCH_MS + 250; step += 250) {
    while (world.post.length > 0) {
      const letter = world.post.shift() ?? assert.fail();
      if (letter.from !== id('guest')) await world.deliver(letter);
    }
    world.now += 250;
    for (const tab of world.tabs.values()) tab.epochs.tick();
    await world.settle();
  }
  assert.equal(patient.sending?.epoch, doctor.epochs.view().epoch);
  assert.ok(world.hears(doctor, patient) && world.hears(patient, doctor));
});

test('when somebody leaves, what is sealed after that is not for them', async () => {
  const { world, doctor, patient, tab } = await call('guest');
  const guest = tab('guest');
  const old = patient.sending;
  world.close(guest.seat);
  world.showRoom();
  await world.flush();
  assert.notDeepEqual(patient.sending, old);
  for (const one of [doctor, patient]) {
    assert.ok(!world.secrets.get(one.sending?.secret ?? '')?.knows.has(hex(guest.entry.xPublic)));
    assert.equal(one.opens.get(guest.seat)?.size ?? 0, 0);
  }
  await world.calm(OLD_LEAVE_MS + 250);
  assert.deepEqual([...(doctor.opens.get(patient.seat)?.keys() ?? [])], [patient.sending?.epoch]);
  everybodyHears(world);
});

test('who is not in the doctor’s roster any more is not heard, though the server hides that they are gone', async () => {
  const { world, doctor, patient, tab } = await call('guest');
  const guest = tab('guest');
  assert.equal(patient.opens.get(guest.seat)?.size, 1);
  doctor.epochs.room([world.seatOf(patient)]);
  await world.flush();
  assert.equal(patient.opens.get(guest.seat)?.size, 0);
  assert.ok(!world.hears(guest, patient) && world.hears(doctor, patient));
});

test('a second secret for the same epoch is not taken', () => {
  const taken: string[] = [];
  const keys = new Keyring({ receiveKey: (seat, epoch, secret) => taken.push(`${seat} ${epoch} ${secret[0] ?? 0}`), dropKey: (seat, epoch) => taken.push(`no ${seat} ${epoch}`) });
  assert.equal(keys.add('a', 1, Uint8Array.of(1)), 'added');
  assert.equal(keys.add('a', 1, Uint8Array.of(1)), 'same');
  assert.equal(keys.add('a', 1, Uint8Array.of(2)), 'differs');
  assert.deepEqual(taken, ['a 1 1']);
});

test('old keys go at their time, and never later for what comes after', () => {
  const dropped: string[] = [];
  const keys = new Keyring({ receiveKey: () => undefined, dropKey: (seat, epoch) => dropped.push(`${seat} ${epoch}`) });
  for (const epoch of [1, 2, 3]) keys.add('a', epoch, Uint8Array.of(epoch));
  keys.retire(2, 100);
  keys.retire(3, 200);
  keys.expire(99);
  assert.deepEqual(dropped, []);
  keys.expire(100);
  assert.deepEqual(dropped, ['a 1']);
  keys.expire(200);
  assert.deepEqual(dropped, ['a 1', 'a 2']);
  assert.ok(keys.has('a', 3));
});

test('nothing is sent between somebody’s leaving and the new secret’s going out', async () => {
  const { world, patient, tab } = await call('guest');
  const seen: boolean[] = [];
  const post = world.post;
  const push = post.push.bind(post);
  post.push = (...letters) => {
    for (const one of letters) if (one.from === patient.seat && decodePass(one.body).kind === 'secret') seen.push(patient.sending === null);
    return push(...letters);
  };
  world.close(tab('guest').seat);
  world.showRoom();
  await world.flush();
  assert.ok(seen.length > 0 && seen.every((muted) => muted));
});

test('two joins at once end with everybody in one epoch', async () => {
  const { world } = await call();
  world.open('guest', 'guest');
  world.open('aunt', 'guest');
  world.showRoom();
  await world.flush();
  everybodyHears(world);
});

test('a doctor who comes back in the middle of a rotation starts a new one', async () => {
  const { world, patient } = await call();
  world.open('guest', 'guest');
  world.showRoom();
  await world.settle();
  const again = world.open('doctor', 'doctor');
  world.showRoom();
  await world.flush();
  await world.calm(2_000);
  everybodyHears(world);
  assert.equal(again.epochs.view().epoch, patient.epochs.view().epoch);
});

test('a doctor whose clock went back hears of the epochs there were', async () => {
  const { world, patient } = await call();
  const before = patient.epochs.view().epoch;
  world.now -= 3_600_000;
  world.open('doctor', 'doctor');
  world.showRoom();
  await world.calm(3_000);
  assert.ok(patient.epochs.view().epoch > before);
  everybodyHears(world);
});

test('a hello from the far future is refused', async () => {
  const { world, doctor, patient } = await call();
  const { epoch } = doctor.epochs.view();
  await world.deliver({ from: patient.seat, to: doctor.seat, body: encodePass({ kind: 'hello', epoch: world.now + 48 * 3_600_000 }) });
  assert.deepEqual(kinds(doctor), ['far_epoch']);
  assert.equal(doctor.epochs.view().epoch, epoch);
});

test('a lost secret is asked for and comes', async () => {
  const { world, patient } = await call();
  world.open('guest', 'guest');
  world.showRoom();
  await world.settle();
  while (world.post.length > 0) {
    const letter = world.post.shift() ?? assert.fail();
    if (!(letter.from === patient.seat && letter.to === id('guest'))) await world.deliver(letter);
  }
  const guest = world.tabs.get(id('guest')) ?? assert.fail();
  assert.ok(!world.hears(guest, patient));
  await world.calm(3_250);
  everybodyHears(world);
});

test('a secret that never comes is an alarm', async () => {
  const { world, doctor, patient, tab } = await call();
  void tab;
  world.open('guest', 'guest');
  world.showRoom();
  for (let past = 0; past < MISSING_MS + 1_000; past += 250) {
    world.now += 250;
    for (const one of world.tabs.values()) one.epochs.tick();
    await world.settle();
    for (const letter of world.post.splice(0)) {
      if (!(letter.from === id('guest') && decodePass(letter.body).kind === 'secret')) await world.deliver(letter);
    }
  }
  assert.ok(kinds(doctor).includes('missing_secret') && kinds(patient).includes('missing_secret'));
});

test('a member that the server made up gets nothing, and is told of', async () => {
  const { world, doctor, patient } = await call();
  const seats = [...world.tabs.values()].map((one) => world.seatOf(one));
  const invented = { seat: id('nobody'), role: 'patient' as const, blob: world.bytes(60), keys: [patient.entry.signer.ed] };
  const { epoch } = doctor.epochs.view();
  doctor.epochs.room([...seats, invented]);
  await world.flush();
  assert.deepEqual(doctor.alarms, [{ kind: 'bad_member', seat: id('nobody') }]);
  assert.equal(doctor.epochs.view().epoch, epoch);
});

test('a roster that the doctor did not sign is refused, and told of', async () => {
  const { world, doctor, patient } = await call();
  const members = [doctor, patient].map((one) => ({ seat: one.seat, x: one.entry.xPublic, ed: one.entry.signer.ed }));
  const signed = world.sign(hex(world.ed('mallory')), { visit: VISIT, epoch: patient.epochs.view().epoch + 8, members });
  await world.deliver({ from: doctor.seat, to: patient.seat, body: encodePass({ kind: 'roster', signed }) });
  assert.deepEqual(kinds(patient), ['forged_roster']);
  everybodyHears(world);
});

test('a roster with somebody nobody verified is not taken, and told of when it stays so', async () => {
  const { world, doctor, patient } = await call();
  const { epoch } = patient.epochs.view();
  const members = [doctor, patient].map((one) => ({ seat: one.seat, x: one.entry.xPublic, ed: one.entry.signer.ed }));
  const stranger = { seat: id('stranger'), x: world.bytes(32), ed: world.bytes(32) };
  const signed = world.sign(hex(world.ed('doctor')), { visit: VISIT, epoch: epoch + 8, members: [...members, stranger] });
  await world.deliver({ from: doctor.seat, to: patient.seat, body: encodePass({ kind: 'roster', signed }) });
  assert.equal(patient.epochs.view().epoch, epoch);
  assert.deepEqual(kinds(patient), []);
  await world.calm(3_250);
  assert.deepEqual(patient.alarms, [{ kind: 'unknown_member', seat: stranger.seat }]);
});

test('a guest for whom the server showed the doctor another key hears of it', async () => {
  const world = new World(chance(3));
  const doctor = world.open('doctor', 'doctor');
  const guest = world.open('guest', 'guest');
  const swapped = world.enter('guest', 'guest');
  guest.epochs.room([world.seatOf(doctor)]);
  doctor.epochs.room([{ ...world.seatOf(guest), blob: swapped.blob }]);
  await world.flush();
  await world.calm(3_500);
  assert.ok(kinds(guest).includes('not_me'));
  assert.equal(guest.sending, null);
});

test('a roster that was taken before is a replay, and told of', async () => {
  const { world, patient } = await call();
  const old = world.log.find((one) => one.to === patient.seat && decodePass(one.body).kind === 'roster') ?? assert.fail();
  world.open('guest', 'guest');
  world.showRoom();
  await world.flush();
  await world.deliver(old);
  assert.deepEqual(kinds(patient), ['replayed_roster']);
  everybodyHears(world);
});

test('a secret that the server made up is refused, and told of', async () => {
  const { world, doctor, patient } = await call();
  const { epoch } = patient.epochs.view();
  await world.deliver({ from: doctor.seat, to: patient.seat, body: encodePass({ kind: 'secret', epoch, wrap: world.bytes(48) }) });
  assert.deepEqual(patient.alarms, [{ kind: 'forged_secret', seat: doctor.seat }]);
  everybodyHears(world);
});

test('an old secret that is shown long after is a replay, and told of', async () => {
  const { world, doctor, patient } = await call();
  const old = world.log.find((one) => one.from === doctor.seat && decodePass(one.body).kind === 'secret') ?? assert.fail();
  world.open('guest', 'guest');
  world.showRoom();
  await world.flush();
  await world.calm(MISSING_MS + 500);
  await world.deliver(old);
  assert.deepEqual(patient.alarms, [{ kind: 'replayed_secret', seat: doctor.seat }]);
});

test('a pass that can’t be read is told of', async () => {
  const { world, patient, doctor } = await call();
  await world.deliver({ from: doctor.seat, to: patient.seat, body: Uint8Array.of(2, 1) });
  await world.deliver({ from: doctor.seat, to: patient.seat, body: Uint8Array.of(99) });
  assert.deepEqual(patient.alarms, [{ kind: 'malformed', seat: doctor.seat }]);
});

test('both see the same phrase, it stays over epochs, and two yes make it verified', async () => {
  const { world, doctor, patient } = await call();
  const phrase = (tab: Tab, other: Tab) => tab.epochs.view().pairs.find((one) => one.seat === other.seat);
  const first = phrase(doctor, patient)?.phrase;
  assert.equal(first?.length, 5);
  assert.deepEqual(phrase(patient, doctor)?.phrase, first);
  world.open('guest', 'guest');
  world.showRoom();
  await world.flush();
  assert.deepEqual(phrase(doctor, patient)?.phrase, first);
  doctor.epochs.check(patient.seat, true);
  await world.flush();
  assert.equal(phrase(doctor, patient)?.verified, false);
  patient.epochs.check(doctor.seat, true);
  await world.flush();
  assert.ok(phrase(doctor, patient)?.verified && phrase(patient, doctor)?.verified);
});

test('two who found their phrase the same are not asked again, until one says no', async () => {
  const { world, doctor, patient } = await call('guest');
  const verified = () => [...world.tabs.values()].map((tab) => tab.epochs.view().pairs.filter((one) => one.verified).map((one) => one.seat));
  for (const [one, other] of [['doctor', 'patient'], ['patient', 'doctor'], ['doctor', 'guest'], ['guest', 'doctor']] as const) {
    world.tabs.get(id(one))?.epochs.check(id(other), true);
  }
  await world.flush();
  assert.equal(verified().flat().length, 4);
  const again = world.open('patient', 'patient');
  world.open('guest', 'guest');
  world.showRoom();
  await world.flush();
  await world.calm(1_000);
  assert.deepEqual(verified().flat().sort(), [doctor.seat, patient.seat].sort(), 'the two with accounts, not the guest');
  again.epochs.check(doctor.seat, false);
  await world.flush();
  assert.deepEqual(verified().flat(), []);
  assert.equal(world.memory.size, 0);
});

test('a no stays a no, whatever old yes the server shows', async () => {
  const { world, doctor, patient } = await call();
  const said = async (yes: boolean) => {
    patient.epochs.check(doctor.seat, yes);
    await world.flush();
  };
  await said(true);
  const yes = world.log.findLast((one) => one.from === patient.seat && decodePass(one.body).kind === 'checked') ?? assert.fail();
  await said(false);
  await world.deliver(yes);
  assert.equal(doctor.epochs.view().pairs[0]?.theirs, false);
  assert.ok(kinds(doctor).includes('phrase_differs'));
});

test('a nonce that was not committed to is no phrase', async () => {
  const { world, patient, doctor } = await call();
  const again = world.open('patient', 'patient');
  again.entry.nonce.fill(9);
  world.showRoom();
  await world.flush();
  assert.ok(kinds(doctor).includes('bad_nonce'));
  assert.equal(doctor.epochs.view().pairs.find((one) => one.seat === patient.seat)?.phrase, null);
});

test('a guest gets the transcript key from the doctor, also when the first is lost', async () => {
  const { world, doctor, tab } = await call('guest');
  doctor.epochs.transcript(world.bytes(32));
  await world.settle();
  world.post.splice(0);
  await world.calm(4_000);
  assert.equal(tab('guest').transcript?.length, 64);
});

test('a transcript key is the doctor’s to give, and nobody else’s', async () => {
  const { world, patient, tab } = await call('guest');
  const guest = tab('guest');
  const to = { seat: guest.seat, x: guest.entry.xPublic, ed: guest.entry.signer.ed };
  const sealed = (await world.seals(patient).seal('key', to, world.bytes(32))) ?? assert.fail();
  await world.deliver({ from: patient.seat, to: guest.seat, body: encodePass({ kind: 'key', sealed }) });
  assert.equal(guest.transcript, null);
  assert.deepEqual(guest.alarms, [{ kind: 'bad_seal', seat: patient.seat }]);
});

/** One thing that can happen on a bad line, or on a server that is somebody’s enemy. */
async function trouble(world: World, luck: () => number, names: readonly string[]): Promise<void> {
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(luck() * list.length)];
  const [dice, letter] = [luck(), world.post.splice(Math.floor(luck() * Math.min(4, world.post.length)), 1)[0]];
  const name = pick(names) ?? 'patient';
  const role = name === 'doctor' || name === 'patient' ? name : 'guest';
  if (letter !== undefined && dice > 0.15) await world.deliver(letter);
  if (letter !== undefined && dice > 0.9) await world.deliver(letter);
  const old = pick(world.log);
  if (old !== undefined && dice < 0.05) await world.deliver({ ...old, to: luck() < 0.5 ? old.to : id(name) });
  if (old !== undefined && dice > 0.05 && dice < 0.08) await world.deliver({ ...old, body: flip(old.body, Math.floor(luck() * old.body.length * 8)) });
  if (old !== undefined && dice > 0.08 && dice < 0.1) await world.deliver({ ...old, from: id(name) });
  if (dice > 0.1 && dice < 0.12) forge(world, luck, id(name));
  if (luck() < 0.03) {
    if (world.tabs.has(id(name)) && luck() < 0.5) world.close(id(name));
    else world.open(name, role);
    world.showRoom();
  }
  if (luck() < 0.02) invent(world, id(name), luck);
  if (luck() < 0.2) {
    world.now += Math.floor(luck() * 700);
    for (const tab of world.tabs.values()) tab.epochs.tick();
  }
  await world.settle();
}

/** A roster of the server’s own making, and a wrap that it can’t have made. */
function forge(world: World, luck: () => number, to: string): void {
  const members = [...world.tabs.values()].map((one) => ({ seat: one.seat, x: luck() < 0.3 ? world.bytes(32) : one.entry.xPublic, ed: one.entry.signer.ed }));
  const signed = world.sign(hex(world.ed('mallory')), { visit: VISIT, epoch: world.now + 100, members });
  world.post.push({ from: id('doctor'), to, body: encodePass({ kind: 'roster', signed }) });
  world.post.push({ from: id('patient'), to, body: encodePass({ kind: 'secret', epoch: world.now, wrap: world.bytes(48) }) });
}

/** The server shows one browser a room that isn’t. */
function invent(world: World, to: string, luck: () => number): void {
  const seats = [...world.tabs.values()].map((tab) => world.seatOf(tab));
  const blob: Bytes = luck() < 0.5 ? world.bytes(60) : (seats[0]?.blob ?? world.bytes(60));
  const patient = world.ed('patient');
  world.tabs.get(to)?.epochs.room([...seats.filter(() => luck() < 0.8), { seat: id('invented'), role: 'patient', blob, keys: [patient] }]);
}

test('on any line and any server nobody takes a false key, and on a good line all find together', async () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const luck = chance(seed);
    const world = new World(luck);
    const names = ['doctor', 'patient', 'guest', 'aunt', 'nurse'].slice(0, 2 + (seed % 4));
    for (const name of names) world.open(name, name === 'doctor' || name === 'patient' ? name : 'guest');
    world.showRoom();
    const steps = 20 + Math.floor(luck() * 60);
    for (let step = 0; step < steps; step += 1) await trouble(world, luck, names);
    assert.deepEqual(world.violations, [], `seed ${seed}`);
    if (!world.tabs.has(id('doctor'))) world.open('doctor', 'doctor');
    if (!world.tabs.has(id('patient'))) world.open('patient', 'patient');
    world.post.splice(0);
    world.showRoom();
    await world.flush();
    await world.calm(8_000, 500);
    try {
      everybodyHears(world);
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : ''}`);
    }
    for (const tab of world.tabs.values()) assert.ok(!kinds(tab).includes('failed'), `seed ${seed}`);
  }
});

test('on a line that only loses and doubles nobody is accused', async () => {
  for (let seed = 1; seed <= SEEDS / 5; seed += 1) {
    const luck = chance(seed);
    const world = new World(luck);
    for (const name of ['doctor', 'patient', 'guest']) world.open(name, name === 'doctor' || name === 'patient' ? name : 'guest');
    world.showRoom();
    for (let step = 0; step < 60; step += 1) {
      await world.settle();
      const letter = world.post.shift();
      if (letter !== undefined && luck() > 0.1) await world.deliver(letter);
      if (letter !== undefined && luck() > 0.9) await world.deliver(letter);
      if (luck() < 0.04) {
        if (world.tabs.has(id('guest'))) world.close(id('guest'));
        else world.open('guest', 'guest');
        world.showRoom();
      }
      world.now += 50;
      for (const tab of world.tabs.values()) tab.epochs.tick();
    }
    await world.calm(8_000, 500);
    everybodyHears(world);
    for (const tab of world.tabs.values()) assert.deepEqual(kinds(tab).filter((kind) => kind !== 'missing_secret'), [], `seed ${seed}`);
  }
});
