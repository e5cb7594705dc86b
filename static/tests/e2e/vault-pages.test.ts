/** The pages of records, of a patient and of a doctor, in every size and scheme. */
import { pdf, photo } from './files.ts';
import { look } from './inspect.ts';
import { pageOf } from './office.ts';
import { Person } from './person.ts';
import { stage } from './stage.ts';
import { adds, arrives, chooses, notes, opensToo, treated } from './vault.ts';

const here = stage('one');

look('a patient’s timeline, a file on its way, and what they open', async (inspect) => {
  const { doctor, patient, id } = await treated(here);
  const page = pageOf(patient);
  await notes(doctor, id, 'Cough, second visit', 'Better. Take the syrup until Friday, then stop.\n\nCome again if the fever is back.');
  await opensToo(patient, doctor, 'Cough, second visit');
  await inspect(page, 'record note');
  await adds(patient, await photo(page, 'IMG_20261103.jpg'), 'My left hand', { doctor, kind: 'image' });
  await arrives(patient, 'My left hand');
  await page.page.locator('.picture img').waitFor();
  await inspect(page, 'record picture');
  await adds(patient, pdf('discharge.pdf'), 'Discharge letter');
  await arrives(patient, 'Discharge letter');
  await patient.tab.awaits('Open the PDF', 'link');
  await inspect(page, 'record pdf');
  await patient.tab.open('/records');
  await patient.tab.reads(`Note from ${doctor.name}`);
  await inspect(page, 'records patient');
  await patient.tab.run(() => document.querySelector('summary')?.click(), undefined);
  await inspect(page, 'records narrowed');
  await patient.tab.open('/records/add');
  await chooses(patient, await photo(page, 'IMG_2.jpg'));
  await inspect(page, 'record add');
  let release = (): void => undefined;
  const held = new Promise<void>((go) => (release = go));
  await page.page.route(/\/blocks\//, async (route) => {
    await held;
    await route.continue();
  });
  await chooses(patient, pdf('mri.pdf', 2_000_000));
  await patient.tab.press('Seal and send');
  await patient.tab.reads('0 kB of');
  await inspect(page, 'record sending');
  release();
  await patient.tab.reads('It is sealed and kept.');
  await doctor.goesHome();
  await patient.goesHome();
});

look('a doctor’s patients, the record of one, and writing', async (inspect) => {
  const { doctor, patient, id } = await treated(here);
  const page = pageOf(doctor);
  await doctor.tab.open('/patients');
  await doctor.tab.reads(patient.name);
  await inspect(page, 'patients');
  await doctor.tab.open(`/patients/${id}/lab`);
  await doctor.tab.press('Add a result');
  await inspect(page, 'write lab');
  for (const [label, text] of [['Name', 'Blood count'], ['Test', 'Haemoglobin'], ['Value', '9.8'], ['Unit', 'g/dL'], ['Usual range', '12–15.5'], ['Code (LOINC)', '718-7']] as const) await page.page.getByLabel(label, { exact: true }).first().fill(text);
  await doctor.tab.press('Seal and keep');
  await doctor.tab.awaits('Blood count', 'heading');
  await inspect(page, 'record lab');
  await doctor.tab.press('Change it', 'link');
  await doctor.tab.awaits('Seal and keep');
  await inspect(page, 'record amend');
  await page.page.getByLabel('Value', { exact: true }).first().fill('10.1');
  await doctor.tab.press('Seal and keep');
  await doctor.tab.awaits('What it said before', 'heading');
  await inspect(page, 'record versions');
  await doctor.tab.open(`/patients/${id}/note`);
  await doctor.tab.awaits('Seal and keep');
  await inspect(page, 'write note');
  await doctor.tab.open(`/patients/${id}/letter`);
  await doctor.tab.awaits('Seal and keep');
  await inspect(page, 'write letter');
  await doctor.tab.open(`/patients/${id}/file`);
  await doctor.tab.awaits('Choose a file');
  await inspect(page, 'doctor file');
  await doctor.tab.open(`/patients/${id}`);
  await doctor.tab.reads('Lab results from');
  await inspect(page, 'patient record');
  await doctor.tab.open('/records');
  await doctor.tab.reads('Lab results from');
  await inspect(page, 'records doctor');
  await doctor.goesHome();
  await patient.goesHome();
});

look('a record that is not there, and a patient without records', async (inspect) => {
  const patient = await Person.signIn(await here.tab(), 'p002');
  patient.tab.complaints.expect(/status of 404/);
  await patient.tab.open('/records');
  await patient.tab.reads('No records yet');
  await inspect(pageOf(patient), 'records empty');
  await patient.tab.open('/records/00000000-0000-4000-8000-000000000000');
  await patient.tab.reads('There is no such record');
  await inspect(pageOf(patient), 'record none');
  await patient.goesHome();
});
