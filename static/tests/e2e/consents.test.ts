/** Consents between real pages: asked and allowed in the app, taken back while it is read, by a code read aloud, and without asking. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { asksFor, breaksGlass, goesToShared } from './consent.ts';
import { post, refused } from './door.ts';
import { pdf } from './files.ts';
import { doctorsPhoneVisit, pageOf } from './office.ts';
import { Person } from './person.ts';
import { stage } from './stage.ts';
import { PATIENCE } from './tab.ts';
import { until } from './until.ts';
import { adds, arrives, hasKeys, notes, treated } from './vault.ts';

/** What revoking may take until an open page has closed, in ms. */
const CLOSED_WITHIN = 5_000;

const here = stage('each');
const { tab } = here;
const { code } = post(tab);

test('a patient allows it in the app; the doctor reads; the patient takes it back, and the open page closes', async () => {
  const { doctor, patient } = await treated(here);
  await adds(patient, pdf('discharge.pdf'), 'Discharge letter');
  await arrives(patient, 'Discharge letter');
  await patient.tab.open('/');
  await asksFor(doctor, patient.name, ['papers']);
  await patient.tab.reads(`${doctor.name}, Cardiology asks to see your papers for 24 hours.`);
  await patient.tab.press(`Allow: ${doctor.name}`);
  await goesToShared(doctor, patient.name);
  await doctor.tab.reads('Document from');
  await pageOf(doctor).page.getByRole('link', { name: /^Open: / }).click();
  await doctor.tab.awaits('Discharge letter', 'heading');
  const record = doctor.tab.path();

  await patient.tab.open('/consents');
  await patient.tab.press(`Take it back: ${doctor.name}`);
  refused(pageOf(doctor), 404);
  const began = Date.now();
  await patient.tab.press('Yes, take it back');
  await doctor.tab.reads(`${patient.name} has taken this back, so this page has closed.`, CLOSED_WITHIN);
  assert.ok(Date.now() - began < CLOSED_WITHIN);
  assert.equal(await doctor.tab.offers('Discharge letter', 'heading'), false, 'nothing of it stays on the page');
  await doctor.tab.open(record);
  await doctor.tab.reads('There is no such record, or it is not yours to open');
  await doctor.tab.open('/consents');
  await doctor.tab.reads('Nothing beside your own');
  for (const person of [doctor, patient]) await person.goesHome();
});

test('a patient refuses, and nothing is opened', async () => {
  const { doctor, patient } = await treated(here);
  await patient.tab.open('/');
  await asksFor(doctor, patient.name, ['lab results', 'letters']);
  await patient.tab.press(`Refuse: ${doctor.name}`);
  await patient.tab.readsNoMore('asks to see your');
  await doctor.tab.reads('What was before (1)');
  await pageOf(doctor).page.getByText('What was before (1)').click();
  await doctor.tab.reads('Refused');
  for (const person of [doctor, patient]) await person.goesHome();
});

test('somebody with only a phone reads a code aloud; a wrong one is counted', async () => {
  const doctor = await Person.signIn(await tab(), 'd001');
  await hasKeys(doctor);
  await doctorsPhoneVisit(pageOf(doctor), { name: 'Gurdev Singh', phone: '98765 00031' });
  const id = await doctor.tab.run(async () => ((await (await fetch('/api/v1/patients')).json()) as { id: string }[])[0]?.id ?? '', undefined);
  await notes(doctor, id, 'Knee, first visit', 'Swollen. Rest it for a week.');

  const other = await Person.signIn(await tab(), 'd002');
  await hasKeys(other);
  await asksFor(other, 'Gurdev Singh', ['notes']);
  await other.tab.reads('got a code by message');
  const right = await code('+919876500031');
  refused(pageOf(other), 401);
  await other.tab.fill('The code Gurdev Singh reads to you', right === '000000' ? '111111' : '000000');
  await other.tab.press('Open the records');
  await other.tab.reads('4 tries left');
  await other.tab.fill('The code Gurdev Singh reads to you', right);
  await other.tab.press('Open the records');
  await other.tab.awaits('Shared by Gurdev Singh', 'heading');
  await pageOf(other).page.getByRole('link', { name: /^Open: / }).click({ timeout: PATIENCE });
  await other.tab.awaits('Knee, first visit', 'heading');
  for (const person of [doctor, other]) await person.goesHome();
});

test('in an emergency the records open without asking; the patient sees it at once, and an auditor judges it', async () => {
  const { doctor, patient, id } = await treated(here);
  await notes(doctor, id, 'Allergies', 'Penicillin: rash and fever in 2019.');
  const other = await Person.signIn(await tab(), 'd002');
  await hasKeys(other);
  await patient.tab.open('/');
  refused(pageOf(other), 403);
  await breaksGlass(other, patient.name, 'doctor456');
  await other.tab.awaits(`Shared by ${patient.name}`, 'heading');
  await patient.tab.reads(`${other.name}, Oncology opened your records in an emergency`, CLOSED_WITHIN);
  await patient.tab.reads('Found unconscious at the bus stand');
  await pageOf(other).page.getByRole('link', { name: /^Open: / }).first().click({ timeout: PATIENCE });
  await other.tab.awaits('Allergies', 'heading');

  const auditor = await Person.enter(await tab(), 'u001', 'auditor123');
  await auditor.tab.reads(`${other.name}, Oncology opened the records of ${patient.name}`);
  await auditor.tab.fill('What you found', 'The police report says the same.');
  await auditor.tab.press('It had to be');
  await auditor.tab.reads('Nothing to review');
  await patient.tab.reads('The auditor found that it had to be.');
  for (const person of [doctor, patient, other, auditor]) await person.goesHome();
});

test('what stands is given and taken back, each by itself', async () => {
  const patient = await Person.signIn(await tab(), 'p002');
  await hasKeys(patient);
  await patient.tab.open('/consents');
  assert.equal(await patient.tab.offers('Take it back: Research without my name'), false, 'research is not on by itself');
  await patient.tab.press('Allow: Research without my name');
  await patient.tab.awaits('Take it back: Research without my name');
  assert.equal(await patient.tab.offers('Allow: Keeping what I upload'), true, 'nothing else was given with it');
  const signed = await patient.tab.run(async () => {
    const [given] = (await (await fetch('/api/v1/consents')).json()) as { id: string }[];
    return (await (await fetch(`/api/v1/consents/${given?.id}/fhir`)).text()).includes('research');
  }, undefined);
  assert.equal(signed, true);
  await patient.tab.press('Take it back: Research without my name');
  await patient.tab.press('Yes, take it back');
  await patient.tab.awaits('Allow: Research without my name');
  await patient.goesHome();
});

test('a second doctor is asked for by the first, and the patient answers again', async () => {
  const { doctor, patient } = await treated(here);
  await adds(patient, pdf('mri.pdf'), 'MRI of the knee');
  await arrives(patient, 'MRI of the knee');
  const other = await Person.signIn(await tab(), 'd002');
  await hasKeys(other);
  await patient.tab.open('/');
  await asksFor(doctor, patient.name, ['papers']);
  await patient.tab.press(`Allow: ${doctor.name}`);
  await goesToShared(doctor, patient.name);
  await doctor.tab.press('Show it to a second doctor');
  await until('the doctors are there', PATIENCE, async () => (await pageOf(doctor).page.getByLabel('To whom', { exact: true }).locator('option').count()) > 1);
  await pageOf(doctor).page.getByLabel('To whom', { exact: true }).selectOption({ label: `${other.name}, Oncology` });
  await doctor.tab.press('Ask the patient');
  await patient.tab.reads(`${doctor.name} asks this for them.`);
  await patient.tab.press(`Allow: ${other.name}`);
  await other.tab.open('/consents');
  await goesToShared(other, patient.name);
  await pageOf(other).page.getByRole('link', { name: /^Open: / }).click({ timeout: PATIENCE });
  await other.tab.awaits('MRI of the knee', 'heading');
  for (const person of [doctor, patient, other]) await person.goesHome();
});
