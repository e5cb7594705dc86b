/** A yes that was said aloud: named by the doctor, confirmed by a colleague on a page of their own, and told to the patient. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { asksFor } from './consent.ts';
import { policy, refused } from './door.ts';
import { doctorsPhoneVisit, pageOf } from './office.ts';
import { Person } from './person.ts';
import { stage } from './stage.ts';
import { PATIENCE } from './tab.ts';
import { until } from './until.ts';
import { hasKeys, leave, notes } from './vault.ts';

const here = stage('each');
const { tab } = here;
const NAME = 'Gurdev Singh';

/** A patient with only a phone, whose doctor has written something, and another doctor who asks for it. */
async function asked(): Promise<{ doctor: Person; other: Person; id: string }> {
  const doctor = await Person.signIn(await tab(), 'd001');
  await hasKeys(doctor);
  await doctorsPhoneVisit(pageOf(doctor), { name: NAME, phone: '98765 00031' });
  const id = await doctor.tab.run(async () => ((await (await fetch('/api/v1/patients')).json()) as { id: string }[])[0]?.id ?? '', undefined);
  await notes(doctor, id, 'Knee, first visit', 'Swollen. Rest it for a week.');
  const other = await Person.signIn(await tab(), 'd002');
  await hasKeys(other);
  await asksFor(other, NAME, ['notes']);
  return { doctor, other, id };
}

async function names(doctor: Person, witness: string): Promise<void> {
  const { page } = pageOf(doctor);
  await page.getByText('They said yes aloud').click();
  const list = page.getByLabel('Who heard it?', { exact: true });
  await until('the colleagues are there', PATIENCE, async () => (await list.locator('option').count()) > 1);
  await list.selectOption({ label: witness });
  await doctor.tab.press('Ask them to confirm');
}

test('the desk confirms what it heard; the records open for that doctor, and on the patient’s page too', async () => {
  const { doctor, other } = await asked();
  const desk = await Person.signIn(await tab(), 'r001');
  await names(other, `${desk.name}, Desk`);
  await other.tab.reads(`${desk.name} can confirm it until`);
  await desk.tab.reads(`says that ${NAME} said yes aloud: they may see notes for 24 hours.`);
  await desk.tab.press(`Yes, I heard it: ${NAME}`);
  await desk.tab.reads('Noted. The records are open to the doctor now.');
  await other.tab.press(`Records of ${NAME}`, 'link');
  await other.tab.reads(`(${desk.name} heard it)`);
  await pageOf(other).page.getByRole('link', { name: /^Open: / }).click({ timeout: PATIENCE });
  await other.tab.awaits('Knee, first visit', 'heading');
  await other.tab.press(`Records of ${NAME}`, 'link');
  await other.tab.reads('You see what the patient shares with you: notes');
  await other.tab.reads('Note from');
  assert.equal(await other.tab.offers('Write a note', 'link'), false, 'a grant adds nothing');
  const told = await doctor.tab.run(async () => ((await (await fetch('/api/v1/messages')).json()) as { body: string }[]).map((one) => one.body), undefined);
  assert.equal(told.filter((body) => body.includes(`you said yes, ${desk.name} heard it`)).length, 1);
  await leave(doctor, other, desk);
});

test('who did not hear it says so, and nothing opens', async () => {
  const { doctor, other } = await asked();
  await names(other, `${doctor.name}, Cardiology`);
  await doctor.tab.press(`No, I did not: ${NAME}`);
  await doctor.tab.reads('Nothing was opened.');
  await other.tab.readsNoMore('can confirm it until');
  assert.equal(await other.tab.offers(`Records of ${NAME}`, 'link'), false);
  await leave(doctor, other);
});

test('where the clinic keeps no key a spoken yes opens nothing, and the page says so', async () => {
  const { doctor, other } = await asked();
  const admin = await Person.signIn(await tab(), 'a001');
  await policy(admin, { custody: 'patient-only' });
  refused(pageOf(other), 409);
  await names(other, `${doctor.name}, Cardiology`);
  await other.tab.reads('By its own rules this clinic can’t open what is sealed'.replace('’', "'"));
  assert.equal(await other.tab.offers(`Records of ${NAME}`, 'link'), false);
  await leave(doctor, other, admin);
});
