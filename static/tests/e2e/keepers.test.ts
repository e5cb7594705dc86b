/** Whoever keeps the keys and the disk: consents without the clinic's key, blocks that went bad, and a new key that follows the old one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { asksFor, goesToShared } from './consent.ts';
import { asks, policy, refused } from './door.ts';
import { pdf } from './files.ts';
import { pageOf } from './office.ts';
import { Person } from './person.ts';
import { stage } from './stage.ts';
import { adds, arrives, hasKeys, leave, notes, treated } from './vault.ts';

const here = stage('each');
const { tab } = here;

/** Longest until what waited for a key goes on, in ms: the server looks for it every half minute. */
const FOLLOWS = 90_000;

/** The names of the blocks of a patient's records, the newest first. */
async function blocks(doctor: Person, patient: string): Promise<string[]> {
  return doctor.tab.run(async (whose) => ((await (await fetch(`/api/v1/records?patient=${whose}`)).json()) as { records: { cid: string }[] }).records.map((one) => one.cid), patient);
}

test('without the clinic’s key a patient says yes with their own, and neither a code nor an emergency opens anything', async () => {
  const admin = await Person.signIn(await tab(), 'a001');
  await policy(admin, { custody: 'patient-only' });
  const { doctor, patient, id } = await treated(here);
  await adds(patient, pdf('discharge.pdf'), 'Discharge letter');
  await arrives(patient, 'Discharge letter');
  await patient.tab.reads('The clinic cannot open this.');
  const other = await Person.signIn(await tab(), 'd002');
  await hasKeys(other);
  await patient.tab.open('/');
  await asksFor(other, patient.name, ['papers']);
  refused(pageOf(patient), 409);
  await pageOf(patient).page.getByText('Answer with a code instead').click();
  await patient.tab.press('Send me a code');
  await patient.tab.reads("By its own rules this clinic can't open what is sealed");
  await patient.tab.press(`Allow: ${other.name}`);
  await goesToShared(other, patient.name);
  await other.tab.reads('A yes in the app, signed with the patient’s key');
  await pageOf(other).page.getByRole('link', { name: /^Open: / }).click();
  await other.tab.awaits('Discharge letter', 'heading');
  const glass = { why: 'unconscious', text: 'Found unconscious at the bus stand' };
  assert.equal(await asks(doctor, 'POST', `/patients/${id}/break-glass`, glass), 409);
  refused(pageOf(doctor), 409);
  await leave(admin, doctor, patient, other);
});

test('a block that went bad on the disk is shown to the administrator until it is mended', async () => {
  const { doctor, patient, id } = await treated(here);
  await notes(doctor, id, 'Knee, first visit', 'Rest it for a week.');
  const [cid = ''] = await blocks(doctor, id);
  const admin = await Person.signIn(await tab(), 'a001');
  await admin.tab.open('/admin/keys');
  await admin.tab.awaits('Renew the key');
  assert.equal(await admin.tab.offers('Blocks that are not what they were', 'heading'), false);
  here.house.spoil(cid);
  here.house.looks();
  await admin.tab.reload();
  await admin.tab.awaits('Blocks that are not what they were', 'heading');
  await admin.tab.reads(cid);
  await admin.tab.reads('damaged');
  here.house.spoil(cid); // the same bit once more: as it was
  here.house.looks();
  await admin.tab.reload();
  await admin.tab.reads('Mended');
  await leave(admin, doctor, patient);
});

test('a new key follows the old one; the page shows how far it is, what it waits for, and when nothing is left', async () => {
  const { doctor, patient, id } = await treated(here);
  for (const visit of ['first', 'second', 'third']) await notes(doctor, id, `Knee, ${visit} visit`, 'Rest it for a week.');
  const old = await doctor.tab.run(async () => ((await (await fetch('/api/v1/clinic-key')).json()) as { key: { id: string } }).key.id, undefined);
  await leave(doctor, patient);
  await here.house.kill();
  here.house.spoil(`${old}.key`); // without its private half nothing can be wrapped anew
  await here.house.start();
  const admin = await Person.signIn(await tab(), 'a001');
  await admin.tab.open('/admin/keys');
  await admin.tab.reads('The private half of a key is not on the server');
  await admin.tab.press('Renew the key');
  await admin.tab.press('Yes, make a new key');
  await admin.tab.reads('0 of 3 versions are wrapped for the new key');
  here.house.spoil(`${old}.key`); // the same bit once more: as it was
  await admin.tab.awaits('Renew the key', 'button', FOLLOWS);
  await admin.tab.reads('opens 3 versions of records');
  await admin.tab.reads('Earlier keys (1)');
  await leave(admin);
});
