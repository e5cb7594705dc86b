/** A visit has one chat key, whoever comes first and however often they come back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { VisitKey, VisitKeys } from '../../src/keys.ts';
import { type Bytes, hex } from '../../src/seal/bytes.ts';
import type { SeatRole } from '../../src/seal/member.ts';
import { Ring } from '../../src/visit/ring.ts';
import { LOOK_MS, Transcript } from '../../src/visit/transcript.ts';
import { id, seeded } from './seal-keys.ts';

function key(name: string, fresh = false): VisitKey {
  return { id: id(name), person: id(`person ${name}`), rsa: '', ed: name, sig: '', rsaBytes: seeded(name), edBytes: seeded(name), fresh };
}

/** The server's wraps, without mathematics: key id → key. */
class Vault {
  now = 0;
  doctor = [key('doctor')];
  patient = [key('patient')];
  wraps: Map<string, Bytes> | null = null;
  down = false;
  asked = 0;

  of(): Promise<VisitKeys> {
    this.asked += 1;
    if (this.down) return Promise.reject(new Error('away'));
    return Promise.resolve({ visit: id('visit'), doctor: this.doctor, patient: this.patient, clinic: null, wraps: [], warnings: [] });
  }

  /** One tab of somebody whose key has this name. */
  tab(role: SeatRole, name: string = role) {
    const found: string[] = [];
    const ring = new Ring({ now: () => this.now, ofVisit: () => this.of() });
    const wrap = (of: VisitKeys, transcript: Bytes): void => {
      for (const one of [...of.doctor, ...of.patient]) if (!this.wraps?.has(one.id)) this.wraps?.set(one.id, transcript);
    };
    const transcript = new Transcript(role, ring, {
      now: () => this.now,
      told: (of) => Promise.resolve({ ...of, doctor: of.doctor.filter((one) => !one.fresh), patient: of.patient.filter((one) => !one.fresh) }),
      open: () => Promise.resolve(this.wraps?.get(id(name)) ?? null),
      first: (of, made) => {
        if (this.wraps !== null) return Promise.resolve('already');
        this.wraps = new Map();
        wrap(of, made);
        return Promise.resolve('kept');
      },
      add: (of, made) => Promise.resolve(wrap(of, made)),
      found: (made) => found.push(hex(made)),
    });
    return { transcript, found };
  }

  async pass(ms: number, ...tabs: { transcript: Transcript }[]): Promise<void> {
    for (let past = 0; past < ms; past += 250) {
      this.now += 250;
      for (const { transcript } of tabs) transcript.tick();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

test('the doctor makes the key when entering, not before, and the patient finds it', async () => {
  const vault = new Vault();
  const [doctor, patient] = [vault.tab('doctor'), vault.tab('patient')];
  await doctor.transcript.look();
  assert.equal(vault.wraps, null);
  await patient.transcript.entered();
  assert.equal(patient.found.length, 0);
  await doctor.transcript.entered();
  await vault.pass(LOOK_MS, doctor, patient);
  assert.equal(doctor.found.length, 1);
  assert.deepEqual(patient.found, doctor.found);
});

test('two tabs of the doctor at once end with one key', async () => {
  const vault = new Vault();
  const tabs = [vault.tab('doctor'), vault.tab('doctor')];
  await Promise.all(tabs.map((one) => one.transcript.entered()));
  assert.equal(tabs[0]?.found.length, 1);
  assert.deepEqual(tabs[0]?.found, tabs[1]?.found);
});

test('a doctor who comes back uses the key there is', async () => {
  const vault = new Vault();
  const before = vault.tab('doctor');
  await before.transcript.entered();
  const after = vault.tab('doctor');
  await after.transcript.entered();
  assert.deepEqual(after.found, before.found);
});

test('a doctor on a device that has no wrap makes no second key, and gets the first from whoever has it', async () => {
  const vault = new Vault();
  const first = vault.tab('doctor');
  await first.transcript.entered();
  vault.doctor = [...vault.doctor, key('second device')];
  const second = vault.tab('doctor', 'second device');
  await second.transcript.entered();
  assert.deepEqual(second.found, []);
  await first.transcript.look();
  await vault.pass(LOOK_MS, second);
  assert.deepEqual(second.found, first.found);
});

test('a key that comes live later is given the wrap by whoever is inside and sees it', async () => {
  const vault = new Vault();
  vault.patient = [];
  const doctor = vault.tab('doctor');
  await doctor.transcript.entered();
  vault.patient = [key('patient')];
  const patient = vault.tab('patient');
  await patient.transcript.entered();
  await doctor.transcript.look();
  await vault.pass(LOOK_MS, patient);
  assert.deepEqual(patient.found, doctor.found);
});

test('a key that is new to this browser gets nothing until the person goes on with it', async () => {
  const vault = new Vault();
  vault.patient = [key('patient', true)];
  const doctor = vault.tab('doctor');
  await doctor.transcript.entered();
  await vault.pass(4 * LOOK_MS, doctor);
  assert.deepEqual([...(vault.wraps?.keys() ?? [])], [id('doctor')]);
  vault.patient = [key('patient')];
  await doctor.transcript.look();
  assert.ok(vault.wraps?.has(id('patient')));
});

test('guests take it from the doctor only, and never ask the server', async () => {
  const vault = new Vault();
  const guest = vault.tab('guest');
  await guest.transcript.entered();
  await vault.pass(2 * LOOK_MS, guest);
  assert.equal(vault.asked, 0);
  guest.transcript.given(seeded('transcript'));
  assert.deepEqual(guest.found, [hex(seeded('transcript'))]);
  const patient = vault.tab('patient');
  patient.transcript.given(seeded('somebody else'));
  assert.deepEqual(patient.found, [], 'a patient has wraps, and takes no key from a pass');
});

test('what the server could not answer is asked again', async () => {
  const vault = new Vault();
  vault.down = true;
  const doctor = vault.tab('doctor');
  const { warn } = console;
  console.warn = () => undefined;
  await doctor.transcript.entered();
  console.warn = warn;
  assert.deepEqual(doctor.found, []);
  vault.down = false;
  await vault.pass(LOOK_MS, doctor);
  assert.equal(doctor.found.length, 1);
});

test('once everybody has it, the server is left alone', async () => {
  const vault = new Vault();
  const doctor = vault.tab('doctor');
  await doctor.transcript.entered();
  const { asked } = vault;
  await vault.pass(5 * LOOK_MS, doctor);
  assert.equal(vault.asked, asked);
});
