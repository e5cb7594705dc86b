/** Keys of a person: made, restored, moved to other devices, and lost only when it is said. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { approveWith, pendingKey } from '../../src/keys/approve.ts';
import { deviceName } from '../../src/keys/device-name.ts';
import { NotOpened } from '../../src/keys/holder.ts';
import type { KeyState } from '../../src/keys/state.ts';
import type { KeyLog } from '../../src/keys/log.ts';
import { keysOfRecord } from '../../src/keys/record.ts';
import { accept, keysOfVisit } from '../../src/keys/visit.ts';
import type { Logged } from '../../src/ledger/peers.ts';
import { Ring, WAITING_MS } from '../../src/visit/ring.ts';
import { base64url, type Bytes, fromBase64url } from '../../src/seal/bytes.ts';
import { bind, importBundle, makeBundle, verifyApproval } from '../../src/seal/identity.ts';
import { formatCode, makeCode } from '../../src/seal/recovery.ts';
import { unwrapKey, wrapKey } from '../../src/seal/transcript.ts';
import { Account, Browser, Shelf } from './keys-house.ts';
import { id, seeded } from './seal-keys.ts';

const PERSON = id('asha');
/** What a password became; a fresh copy, because holders wipe theirs. */
const password = (name = 'first'): Bytes => seeded(`password ${name}`);

async function signedIn(account = new Account(PERSON), shelf = new Shelf(), wrap = password()): Promise<Browser> {
  const browser = new Browser(account, shelf);
  await browser.holder.enter(wrap);
  return browser;
}

function ready(state: KeyState): Extract<KeyState, { kind: 'ready' }> {
  assert.equal(state.kind, 'ready');
  return state as Extract<KeyState, { kind: 'ready' }>;
}

test('the first sign-in makes keys that cannot be read, with a backup under the password', async () => {
  const { state, holder, server } = await signedIn();
  assert.equal(ready(state).recovery, false);
  assert.equal(holder.identity?.identity.rsa.extractable, false);
  assert.equal(holder.identity?.identity.ed.extractable, false);
  assert.deepEqual(server.keys.map((one) => [one.status, one.device]), [['live', 'Test, Node']]);
  assert.deepEqual(server.backups.map((one) => one.kind), ['password']);
});

test('a reload finds the keys without the password', async () => {
  const first = await signedIn();
  const again = first.reloaded();
  await again.holder.enter(null);
  assert.equal(ready(again.state).key, ready(first.state).key);
  assert.equal(first.server.keys.length, 1);
});

test('a new browser restores the same keys from the password’s backup', async () => {
  const first = await signedIn();
  const other = await signedIn(first.server);
  assert.equal(ready(other.state).key, ready(first.state).key);
  assert.deepEqual(other.holder.identity?.identity.edPublic, first.holder.identity?.identity.edPublic);
});

test('evicted storage asks for the password, which brings the keys back', async () => {
  const first = await signedIn();
  first.shelf.identities.clear();
  const again = first.reloaded();
  await again.holder.enter(null);
  assert.deepEqual(again.state, { kind: 'locked', person: PERSON, why: 'password', recovery: false });
  await again.holder.enter(password());
  assert.equal(ready(again.state).stored, true);
});

test('a browser that keeps nothing still lets its person in, and says so', async () => {
  const shelf = new Shelf();
  shelf.full = true;
  assert.equal(ready((await signedIn(new Account(PERSON), shelf)).state).stored, false);
});

test('an account without keys and without the password at hand asks for it', async () => {
  const browser = new Browser(new Account(PERSON));
  await browser.holder.enter(null);
  assert.deepEqual(browser.state, { kind: 'locked', person: PERSON, why: 'unmade', recovery: false });
});

test('of two devices that make the first keys at once, the later takes the earlier one’s', async () => {
  const account = new Account(PERSON);
  const other = new Browser(account);
  account.before = () => other.holder.enter(password());
  const browser = await signedIn(account);
  assert.equal(account.keys.length, 1);
  assert.equal(ready(browser.state).key, ready(other.state).key);
});

test('without the server the keys of this device are good enough, and without them the failure is said', async () => {
  const first = await signedIn();
  first.server.away = true;
  const again = first.reloaded();
  await again.holder.enter(null);
  assert.equal(ready(again.state).key, ready(first.state).key);
  const stranger = new Browser(first.server);
  await stranger.holder.enter(password());
  assert.equal(stranger.state.kind, 'failed');
  first.server.away = false;
  await stranger.holder.again();
  assert.equal(ready(stranger.state).key, ready(first.state).key);
});

test('somebody else who signs in on this device finds nobody’s keys', async () => {
  const first = await signedIn();
  await signedIn(new Account(id('ravi')), first.shelf);
  assert.deepEqual([...first.shelf.identities.keys()], [id('ravi')]);
});

test('a sign-out leaves no keys on the device', async () => {
  const first = await signedIn();
  await first.holder.leave();
  assert.equal(first.holder.identity, null);
  assert.equal(first.shelf.identities.size, 0);
});

test('a server that shows another key under our id does not get ours used', async () => {
  const first = await signedIn();
  const [key] = first.server.keys;
  assert.ok(key);
  key.ed = base64url(seeded('another'));
  const again = first.reloaded();
  await again.holder.enter(null);
  assert.equal(again.state.kind, 'locked');
});

test('after a reset the recovery code opens the keys, and the new password does from then on', async () => {
  const first = await signedIn();
  const code = makeCode();
  await first.holder.keepCode(code, password());
  assert.equal(ready(first.state).recovery, true);
  const other = await signedIn(first.server, new Shelf(), password('reset'));
  assert.deepEqual(other.state, { kind: 'locked', person: PERSON, why: 'reset', recovery: true });
  await assert.rejects(other.holder.recover(formatCode(makeCode()), null), NotOpened);
  await assert.rejects(other.holder.recover('not a code', null), NotOpened);
  await other.holder.recover(formatCode(code).toLowerCase(), null);
  assert.equal(ready(other.state).key, ready(first.state).key);
  assert.equal(ready((await signedIn(first.server, new Shelf(), password('reset'))).state).key, ready(first.state).key);
});

test('a new recovery code replaces the old one, and a wrong password makes none', async () => {
  const first = await signedIn();
  const [old, next] = [makeCode(), makeCode()];
  await first.holder.keepCode(old, password());
  await assert.rejects(first.holder.keepCode(next, password('wrong')), NotOpened);
  await first.holder.keepCode(next, password());
  const other = await signedIn(first.server, new Shelf(), password('reset'));
  await assert.rejects(other.holder.recover(old, null), NotOpened);
  await other.holder.recover(next, null);
  ready(other.state);
});

test('a second device waits, is let in by the first, and opens what was sealed before', async () => {
  const first = await signedIn();
  const secret = seeded('transcript key');
  const mine = first.holder.identity;
  assert.ok(mine);
  const ek = base64url(await wrapKey(mine.identity.rsaPublic, secret));
  first.server.wraps.set(mine.key, { visits: [{ visit: id('visit'), ek }], records: [{ record: id('record'), ver: 1, ek }, { record: id('broken'), ver: 1, ek: 'AAAA' }] });

  const second = await signedIn(first.server, new Shelf(), password('reset'));
  await second.holder.makeOwn(false, null);
  assert.equal(second.state.kind, 'pending');
  assert.equal(second.holder.identity === null, true);
  const { key, fingerprint } = second.state as Extract<KeyState, { kind: 'pending' }>;

  const found = await pendingKey(PERSON, key, fingerprint.toLowerCase(), first.server);
  assert.ok(typeof found !== 'string');
  const steps: string[] = [];
  await approveWith(mine, found, first.server, (done, all) => steps.push(`${done}/${all}`));
  assert.deepEqual(steps, ['1/3', '2/3', '3/3']);

  await second.holder.look();
  assert.equal(ready(second.state).key, key);
  const wraps = first.server.wraps.get(key);
  assert.equal(wraps?.records.length, 1);
  const opened = await unwrapKey(second.holder.identity?.identity.rsa as CryptoKey, fromBase64url(wraps?.visits[0]?.ek ?? ''));
  assert.deepEqual(opened, secret);
});

test('what is sealed while the other device is let in comes along', async () => {
  const first = await signedIn();
  const second = await signedIn(first.server, new Shelf(), password('reset'));
  await second.holder.makeOwn(false, null);
  const mine = first.holder.identity;
  const key = first.server.keys.find((one) => one.status === 'pending');
  assert.ok(mine && key);
  const ek = base64url(await wrapKey(mine.identity.rsaPublic, seeded('a')));
  const late = { visits: [{ visit: id('one'), ek }], records: [] };
  first.server.wraps.set(mine.key, late);
  await approveWith(mine, key, first.server, (done) => {
    if (done === 1) late.visits.push({ visit: id('two'), ek });
  });
  assert.deepEqual(first.server.wraps.get(key.id)?.visits.map((one) => one.visit), [id('one'), id('two')]);
  assert.equal(first.server.approvals, 2);
});

test('the yes to another device is signed by the first one’s key', async () => {
  const first = await signedIn();
  const second = await signedIn(first.server, new Shelf(), password('reset'));
  await second.holder.makeOwn(false, null);
  const key = first.server.keys.find((one) => one.status === 'pending');
  const mine = first.holder.identity;
  assert.ok(key && mine);
  let signature = '';
  const listening = Object.assign(Object.create(first.server) as Account, {
    approve: async (_key: string, _by: string, sig: string) => {
      signature = sig;
      return key;
    },
  });
  await approveWith(mine, key, listening);
  assert.equal(await verifyApproval(mine.identity.edPublic, key, fromBase64url(signature)), true);
});

test('a key that is not the one on the other device’s screen is not let in', async () => {
  const first = await signedIn();
  const second = await signedIn(first.server, new Shelf(), password('reset'));
  await second.holder.makeOwn(false, null);
  const { key, fingerprint } = second.state as Extract<KeyState, { kind: 'pending' }>;
  assert.equal(await pendingKey(PERSON, id('nobody'), fingerprint, first.server), 'gone');
  assert.equal(await pendingKey(PERSON, key, '0'.repeat(20), first.server), 'differs');
  assert.equal(await pendingKey(id('ravi'), key, fingerprint, first.server), 'not_mine');
  const swapped = await bind(await importBundle(await makeBundle()), PERSON, key);
  Object.assign(first.server.keys.find((one) => one.id === key) ?? {}, swapped);
  assert.equal(await pendingKey(PERSON, key, fingerprint, first.server), 'differs');
});

test('a pending device still waits after a reload, and the recovery code makes waiting needless', async () => {
  const first = await signedIn();
  const code = makeCode();
  await first.holder.keepCode(code, password());
  const second = await signedIn(first.server, new Shelf(), password('reset'));
  await second.holder.makeOwn(false, null);
  const again = second.reloaded();
  await again.holder.enter(null);
  assert.equal(again.state.kind, 'pending');
  assert.equal(again.holder.hasPassword, false);
  await again.holder.recover(code, password('reset'));
  assert.equal(ready(again.state).key, ready(first.state).key);
  assert.deepEqual(first.server.keys.map((one) => one.status), ['live', 'revoked']);
});

test('starting over makes a live key at once and leaves the old one to the device that has it', async () => {
  const first = await signedIn();
  const other = await signedIn(first.server, new Shelf(), password('reset'));
  await other.holder.makeOwn(true, null);
  assert.notEqual(ready(other.state).key, ready(first.state).key);
  assert.deepEqual(first.server.keys.map((one) => one.status), ['live', 'live']);
});

test('a device that has the keys when the clinic sets a new password makes keys which that password opens', async () => {
  const first = await signedIn();
  const mine = first.holder.identity;
  assert.ok(mine);
  const ek = base64url(await wrapKey(mine.identity.rsaPublic, seeded('kept')));
  first.server.wraps.set(mine.key, { visits: [{ visit: id('visit'), ek }], records: [] });
  const again = first.reloaded();
  await again.holder.enter(password('reset'));
  const { key } = ready(again.state);
  assert.notEqual(key, mine.key);
  assert.equal(first.server.wraps.get(key)?.visits.length, 1);
  assert.equal(ready((await signedIn(first.server, new Shelf(), password('reset'))).state).key, key);
});

test('a key that was taken out of use is not used any more', async () => {
  const first = await signedIn();
  await first.server.revoke(ready(first.state).key);
  const again = first.reloaded();
  await again.holder.enter(null);
  assert.equal(again.state.kind, 'locked');
  assert.equal(first.shelf.identities.size, 0);
});

test('a change of password seals the backups anew, and only those the old one opens', async () => {
  const first = await signedIn();
  assert.equal((await first.holder.resealed(password('wrong'), password('next'))).length, 0);
  const [sealed] = await first.holder.resealed(password(), password('next'));
  assert.ok(sealed);
  await first.server.keepBackup(sealed.key, sealed.backup);
  assert.equal((await signedIn(first.server)).state.kind, 'locked');
  ready((await signedIn(first.server, new Shelf(), password('next'))).state);
});

async function listed(person: string, name: string) {
  const key = await bind(await importBundle(await makeBundle()), person, id(name));
  return { ...key, device: null, made_at: 1, status: 'live' as const };
}

test('the first keys seen of a person are believed, later ones said to be new until they are accepted', async () => {
  const account = new Account(PERSON);
  const shelf = new Shelf();
  const doctor = await listed(id('doctor'), 'key of the doctor');
  account.visit = { doctor: [doctor], patient: [], clinic: null, wraps: [] };
  assert.deepEqual((await keysOfVisit(id('visit'), PERSON, account, shelf)).warnings, []);
  account.visit.doctor.push(await listed(id('doctor'), 'another key'));
  const changed = await keysOfVisit(id('visit'), PERSON, account, shelf);
  assert.deepEqual(changed.warnings, [{ side: 'doctor', person: id('doctor'), kind: 'changed' }]);
  assert.deepEqual(changed.doctor.map((one) => one.fresh), [false, true]);
  await accept(PERSON, changed.doctor, shelf);
  assert.deepEqual((await keysOfVisit(id('visit'), PERSON, account, shelf)).warnings, []);
});

test('a key of ours that this device never saw is said too: a server could have made it', async () => {
  const first = await signedIn();
  const mine = first.server.keys[0];
  assert.ok(mine);
  first.server.visit = { doctor: [], patient: [mine, await listed(PERSON, 'made by the server')], clinic: null, wraps: [] };
  const { warnings } = await keysOfVisit(id('visit'), PERSON, first.server, first.shelf);
  assert.deepEqual(warnings, [{ side: 'patient', person: PERSON, kind: 'changed' }]);
});

test('a second device that was let in does not take the first one’s key for a new one', async () => {
  const first = await signedIn();
  const second = await signedIn(first.server, new Shelf(), password('reset'));
  await second.holder.makeOwn(false, null);
  const key = first.server.keys.find((one) => one.status === 'pending');
  const mine = first.holder.identity;
  assert.ok(key && mine);
  await approveWith(mine, key, first.server);
  await second.holder.look();
  first.server.visit = { doctor: [], patient: first.server.keys, clinic: null, wraps: [] };
  assert.deepEqual((await keysOfVisit(id('visit'), PERSON, first.server, second.shelf)).warnings, []);
});

test('a key that is not bound to its person, and keys of two persons on one side, are left out', async () => {
  const account = new Account(PERSON);
  const good = await listed(id('doctor'), 'good');
  const swapped = { ...good, id: id('swapped'), rsa: (await listed(id('doctor'), 'bad')).rsa };
  account.visit = { doctor: [good, swapped], patient: [await listed(PERSON, 'a'), await listed(id('ravi'), 'b')], clinic: null, wraps: [] };
  const found = await keysOfVisit(id('visit'), null, account, new Shelf());
  assert.deepEqual(found.doctor.map((one) => one.id), [good.id]);
  assert.deepEqual(found.patient, []);
  assert.deepEqual(found.warnings.map((one) => [one.side, one.kind]), [['doctor', 'unbound'], ['patient', 'mixed']]);
});

test('a key that the log does not have for its person is left out, and nobody takes its place', async () => {
  const account = new Account(PERSON);
  const [good, forged, mine] = [await listed(id('doctor'), 'good'), await listed(id('doctor'), 'forged'), await listed(PERSON, 'a')];
  account.visit = { doctor: [good, forged], patient: [mine], clinic: null, wraps: [] };
  const has = [good.ed, mine.ed];
  const log: KeyLog = async (_, keys) => keys.map(({ ed }) => (has.includes(base64url(ed)) ? 'logged' : 'other'));
  const ask = () => keysOfVisit(id('visit'), null, account, new Shelf(), log);
  const found = await ask();
  assert.deepEqual([found.doctor.map((one) => one.id), found.patient.map((one) => one.id)], [[good.id], [mine.id]]);
  assert.deepEqual(found.warnings.map((one) => [one.side, one.kind]), [['doctor', 'unlogged']]);
  has.pop();
  const ring = new Ring({ now: () => 0, ofVisit: ask });
  await ring.ask();
  assert.deepEqual(ring.eds('patient'), [], 'not taken for somebody without an account');
  const { keys, warnings } = await keysOfRecordWith(account, mine, log);
  assert.deepEqual([keys, warnings], [[], [{ person: PERSON, kind: 'unbound' }]]);
});

function keysOfRecordWith(account: Account, key: Awaited<ReturnType<typeof listed>>, log: KeyLog): ReturnType<typeof keysOfRecord> {
  account.record = { keys: [key], clinic: null, custody: 'patient-only' };
  return keysOfRecord(PERSON, null, id('doctor'), account, new Shelf(), log);
}

test('a key that waits for the log is used meanwhile, and that is said', async () => {
  const account = new Account(PERSON);
  account.visit = { doctor: [await listed(id('doctor'), 'new')], patient: [await listed(PERSON, 'a')], clinic: null, wraps: [] };
  const how: Record<string, Logged> = { [id('doctor')]: 'pending', [PERSON]: 'late' };
  const found = await keysOfVisit(id('visit'), null, account, new Shelf(), async (person, keys) => keys.map(() => how[person] ?? 'logged'));
  assert.deepEqual([found.doctor.length, found.patient.length], [1, 1]);
  assert.deepEqual(found.warnings.map((one) => [one.side, one.kind]), [['doctor', 'pending'], ['patient', 'late']]);

  let [now, asked] = [0, 0];
  const ring = new Ring({ now: () => now, ofVisit: async () => { asked += 1; return asked === 1 ? found : { ...found, warnings: [] }; } });
  await ring.ask();
  ring.tick();
  assert.equal(asked, 1, 'not at once');
  now += WAITING_MS;
  ring.tick();
  await ring.ask();
  assert.deepEqual([asked, ring.of.value?.warnings], [2, []]);
  now += WAITING_MS;
  ring.tick();
  assert.equal(asked, 2, 'nothing waits any more');
});

test('of a record’s keys, those not bound are left out, and what is new of anybody is said', async () => {
  const [account, shelf] = [new Account(PERSON), new Shelf()];
  const [doctor, mine] = [await listed(id('doctor'), 'the doctor’s'), await listed(PERSON, 'mine')];
  const asked = () => keysOfRecord(PERSON, null, id('doctor'), account, shelf);
  account.record = { keys: [doctor, mine], clinic: null, custody: 'patient-only' };
  const first = await asked();
  assert.deepEqual([first.keys.map((one) => one.id), first.clinic, first.warnings], [[doctor.id, mine.id], null, []]);
  account.record.keys.push(await listed(PERSON, 'made by the server'), { ...mine, id: id('swapped') });
  const then = await asked();
  assert.deepEqual(then.keys.map((one) => one.fresh), [false, false, true]);
  assert.deepEqual(then.warnings, [{ person: PERSON, kind: 'unbound' }, { person: PERSON, kind: 'changed' }]);
});

test('a clinic’s key is bound to the clinic as a person’s is to the person', async () => {
  const [account, shelf] = [new Account(PERSON), new Shelf()];
  const { person: organisation, ...rest } = await listed(id('clinic'), 'the clinic’s');
  const clinic = { ...rest, organisation };
  const asked = async (key: typeof clinic) => {
    account.record = { keys: [], clinic: key, custody: 'patient+clinic' };
    return (await keysOfRecord(PERSON, null, PERSON, account, shelf)).clinic;
  };
  const sound = await asked(clinic);
  assert.ok(sound !== null && sound !== 'unbound' && sound.id === clinic.id);
  assert.equal(await asked({ ...clinic, organisation: id('another') }), 'unbound');
  assert.equal(await asked({ ...clinic, rsa: (await listed(id('clinic'), 'bad')).rsa }), 'unbound');
});

test('a device is called by its browser and its system', () => {
  assert.equal(deviceName('Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'), 'Firefox, Linux');
  assert.equal(deviceName('Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36'), 'Chrome, Android');
  assert.equal(deviceName('Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1'), 'Safari, iPhone');
  assert.equal(deviceName('something else'), 'Browser');
});
