/** Parents and guardians between real pages: linked at the desk, reading along, adding, correcting, answering for the child, and ended. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { asksFor, goesToShared } from './consent.ts';
import { asks, policy, refused } from './door.ts';
import { father, findsChild, idOf, isBorn, showsPapers } from './family.ts';
import { pdf } from './files.ts';
import { pageOf } from './office.ts';
import { Person } from './person.ts';
import { stage } from './stage.ts';
import { PATIENCE } from './tab.ts';
import { arrives, chooses, leave, notes, treated } from './vault.ts';

const here = stage('each');
const { tab } = here;

/** The clinic's job takes its turn within a minute; it is rung at once. */
const WRAPPED = 60_000;

test('a father is linked at the desk, reads what was before, adds, corrects and answers for the child, until it is ended', async () => {
  const { doctor, patient: child, id } = await treated(here);
  await notes(doctor, id, 'Cough, first visit', 'Syrup, three times a day.');
  await isBorn(child, 2016);
  const adult = await father(here);
  const desk = await Person.signIn(await tab(), 'r001');
  await findsChild(desk, child);
  await desk.tab.reads('Nobody yet');
  await showsPapers(desk, child, adult);
  await desk.tab.press(`Link ${adult.name}`);
  await desk.tab.reads(`${adult.name} answers for ${child.name} now.`);
  await desk.tab.reads('is being opened for');

  await adult.tab.open('/');
  await adult.tab.press(`Records of ${child.name}`, 'link');
  await adult.tab.reads('(Father)');
  await adult.tab.reads('Note from');
  await pageOf(adult).page.getByRole('link', { name: /^Open: / }).first().click();
  await adult.tab.awaits('Cough, first visit', 'heading', WRAPPED);
  const record = adult.tab.path();
  await doctor.tab.open('/');
  await adult.tab.press('Ask for a correction');
  await adult.tab.fill('What is wrong', 'It was twice a day.');
  await pageOf(adult).page.getByLabel('Who should see it', { exact: true }).selectOption({ index: 1 });
  await adult.tab.press('Seal and send');
  await adult.tab.awaits('Correction asked: Cough, first visit', 'heading');
  await doctor.tab.reads('asks for a correction of what you wrote.');
  await doctor.tab.press('Read what they ask', 'link');
  await doctor.tab.awaits('Correction asked: Cough, first visit', 'heading');
  await doctor.tab.open(`/patients/${id}`);
  await doctor.tab.reads('Asks for a correction');

  await adult.tab.open(`/children/${id}`);
  await adult.tab.press('Add a paper or picture', 'link');
  await chooses(adult, pdf('vaccines.pdf'));
  await adult.tab.fill('Name', 'Vaccine card');
  await adult.tab.press('Seal and send');
  await arrives(adult, 'Vaccine card');

  const other = await Person.signIn(await tab(), 'd002');
  await adult.tab.open('/');
  await asksFor(other, child.name, ['papers', 'notes']);
  await adult.tab.reads(`asks to see notes and papers of ${child.name} for 24 hours.`);
  await adult.tab.press(`Allow: ${other.name}`);
  await goesToShared(other, child.name);
  await other.tab.reads('Document from');
  await adult.tab.open(`/children/${id}/consents`);
  await adult.tab.reads(`(${adult.name} answered)`);
  await adult.tab.press(`Take it back: ${other.name}`);
  await adult.tab.press('Yes, take it back');
  await other.tab.reads('has taken this back');

  await desk.tab.press(`End it: ${adult.name}`);
  await desk.tab.press('Yes, end it');
  await desk.tab.reads('Nobody yet');
  refused(pageOf(adult), 404);
  await adult.tab.open(record);
  await adult.tab.reads('There is no such record, or it is not yours to open');
  await adult.tab.open(`/children/${id}`);
  await adult.tab.reads('You don’t answer for this child here');
  await leave(doctor, child, adult, desk, other);
});

test('who can’t be linked is told in a sentence, and nothing is kept of it', async () => {
  const child = await Person.signIn(await tab(), 'p001');
  const adult = await Person.signIn(await tab(), 'p002');
  const desk = await Person.signIn(await tab(), 'r001');
  await findsChild(desk, child);
  await desk.tab.reads('before we know that they are a child');
  await isBorn(child, 1990);
  await desk.tab.reload();
  await desk.tab.reads(`${child.name} is of age and answers for themselves.`);
  await isBorn(child, 2016);
  await desk.tab.reload();
  refused(pageOf(desk), 409);
  await showsPapers(desk, child, adult);
  await desk.tab.press(`Link ${adult.name}`);
  await desk.tab.reads(`${adult.name} must be 18 or older, and ${child.name} under 18`);
  await desk.tab.reads('Nobody yet');
  assert.equal(await asks(adult, 'POST', `/patients/${await idOf(child)}/guardians`, { guardian: await idOf(adult), relation: 'father', papers: 'other' }), 403);
  pageOf(adult).complaints.expect(/status of 403/);
  await leave(child, adult, desk);
});

test('where the clinic has no key the desk and the guardian are told what stays closed', async () => {
  const admin = await Person.signIn(await tab(), 'a001');
  await policy(admin, { custody: 'patient-only' });
  const { doctor, patient: child, id } = await treated(here);
  await notes(doctor, id, 'Cough, first visit', 'Syrup.');
  await isBorn(child, 2016);
  const adult = await father(here);
  const desk = await Person.signIn(await tab(), 'r001');
  await findsChild(desk, child);
  await showsPapers(desk, child, adult);
  await desk.tab.press(`Link ${adult.name}`);
  await desk.tab.reads('The clinic has no key to it');
  await adult.tab.open(`/children/${id}`);
  await adult.tab.reads('is sealed to others alone');
  await doctor.tab.open(`/patients/${id}/note`);
  await doctor.tab.fill('Name', 'Cough, second visit');
  await doctor.tab.fill('Text', 'Better.');
  await doctor.tab.press('Seal and keep');
  const believe = pageOf(doctor).page.getByRole('button', { name: /trust|Yes/i }).first();
  if (await believe.isVisible({ timeout: 3_000 }).catch(() => false)) await believe.click();
  await doctor.tab.awaits('Cough, second visit', 'heading', PATIENCE);
  await adult.tab.reload();
  await pageOf(adult).page.getByRole('link', { name: /^Open: / }).first().click();
  await adult.tab.awaits('Cough, second visit', 'heading');
  await leave(admin, doctor, child, adult, desk);
});
