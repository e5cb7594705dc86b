/** The pages of those who run the place, and of links, in every size and scheme. */

import { look } from './inspect.ts';
import { addPerson, choose, desksPhoneVisit, lookAt, pageOf } from './office.ts';
import { Person } from './person.ts';
import { stage } from './stage.ts';

const { tab } = stage('one');

/** Each section's address, its heading, and the button that opens its dialog, if it has one. */
const SECTIONS: [string, string, string | null][] = [
  ['invites', 'Invites', 'Invite a colleague'],
  ['doctors', 'Doctors', null],
  ['organisation', 'Organisation', null],
  ['tokens', 'Tokens', 'Make a token'],
  ['audit', 'Audit', null],
  ['organisations', 'Organisations', 'Register an organisation'],
];

look('the sections of the administrator, and their dialogs', async (inspect) => {
  const admin = await Person.signIn(await tab(), 'a001');
  const page = pageOf(admin);
  for (const [at, heading, action] of SECTIONS) {
    await page.open(`/admin/${at}`);
    await page.awaits(heading, 'heading');
    await page.page.locator('.skeleton').waitFor({ state: 'detached' });
    await inspect(page, `admin ${at}`);
    if (action === null) continue;
    await page.press(action);
    await page.page.getByRole('dialog').waitFor();
    await inspect(page, `admin ${at} dialog`);
  }
  await page.open('/');
  await page.press('Change Meera Nair');
  await page.press('Shut out');
  await inspect(page, 'admin person');
  await admin.goesHome();
});

look('an organisation that waits for a yes, and the role of somebody that changes', async (inspect) => {
  const admin = await Person.signIn(await tab(), 'a001');
  const page = pageOf(admin);
  await page.open('/admin/organisations');
  await page.press('Register an organisation');
  await page.fill('Name', 'Lake Clinic');
  await page.press('Register');
  await page.reads('Lake Clinic is registered and waits for a yes');
  await inspect(page, 'admin registered');
  await page.press('Done');
  await page.reads('You registered it, so a second person says yes or no');
  await inspect(page, 'admin waiting');
  await page.open('/');
  await page.press('Change Kavita Sharma');
  await choose(page, 'Role', 'pharmacist');
  await page.press('Reset the second step');
  await inspect(page, 'admin role');
  await admin.goesHome();
});

look('a doctor’s registration, from both sides', async (inspect) => {
  const doctor = await Person.signIn(await tab(), 'd002');
  const page = pageOf(doctor);
  await page.open('/registration');
  await page.reads('Your registration is in force.');
  await inspect(page, 'registration');
  const admin = await Person.signIn(await tab(), 'a001');
  await lookAt(admin, doctor.name);
  await inspect(pageOf(admin), 'admin doctor');
  for (const person of [doctor, admin]) await person.goesHome();
});

look('who looked, and the homes of those whose work is not visits', async (inspect) => {
  const patient = await Person.signIn(await tab(), 'p002');
  await patient.tab.open('/looked');
  await patient.tab.reads('You signed in.');
  await inspect(pageOf(patient), 'looked');
  const admin = await Person.signIn(await tab(), 'a001');
  for (const [role, heading] of [['auditor', 'Audit'], ['pharmacist', 'Pharmacy'], ['researcher', 'Research']] as const) {
    const somebody = { role, name: `One of ${role}`, login: `${role}9`, password: `the ${role} of nine` };
    await addPerson(admin, somebody);
    const person = await Person.enter(await tab(), somebody.login, somebody.password);
    await person.tab.awaits(heading, 'heading');
    await pageOf(person).page.locator('.skeleton').waitFor({ state: 'detached' });
    await inspect(pageOf(person), `home ${role}`);
    await person.goesHome();
  }
  for (const person of [patient, admin]) await person.goesHome();
});

look('the desk’s visit for a phone, its links, and a link that is wrong', async (inspect) => {
  const desk = await Person.signIn(await tab(), 'r001');
  const page = pageOf(desk);
  await desksPhoneVisit(page, { name: 'Harjit Gill', phone: '+91 98765 43210' }, () => inspect(page, 'desk phone'));
  await page.press('Send the link');
  await page.awaits('Send again');
  await inspect(page, 'desk links');
  const wrong = await tab();
  wrong.complaints.expect(/status of 404/);
  await wrong.open('/g/AAAA-AAAA-AAAA');
  await wrong.awaits('This link does not work', 'heading');
  await inspect(wrong, 'link wrong');
  await wrong.close();
  await desk.goesHome();
});

look('the page of the API', async (inspect) => {
  const page = await tab();
  await page.open('/api/docs');
  await page.fill('Search', 'visits links post');
  await page.page.locator('summary').first().click();
  await page.awaits('Answers', 'heading');
  await inspect(page, 'docs');
  await page.close();
});
