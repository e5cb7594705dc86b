/** The pages of consents, emergencies, reviews, the clinic's key and one's rights, in every size and scheme. */
import { asksFor, breaksGlass, goesToShared, provesAgain } from './consent.ts';
import { refused } from './door.ts';
import { pdf } from './files.ts';
import { look } from './inspect.ts';
import { doctorsPhoneVisit, pageOf } from './office.ts';
import { Person } from './person.ts';
import { stage } from './stage.ts';
import { adds, arrives, hasKeys, notes, treated } from './vault.ts';

const here = stage('each');
const { tab } = here;

look('asking, answering, what is shared, and taking it back', async (inspect) => {
  const { doctor, patient, id } = await treated(here);
  await notes(doctor, id, 'Knee, first visit', 'Rest it for a week.');
  await adds(patient, pdf('discharge.pdf'), 'Discharge letter');
  await arrives(patient, 'Discharge letter');
  await doctor.tab.open('/consents/ask');
  await doctor.tab.awaits(`Ask ${patient.name}`);
  await inspect(pageOf(doctor), 'ask whom');
  await doctor.tab.press(`Ask ${patient.name}`);
  await doctor.tab.press('papers', 'checkbox');
  await doctor.tab.reads('What the patient will read:');
  await inspect(pageOf(doctor), 'ask form');
  await doctor.tab.press('Ask');
  await doctor.tab.awaits('Waiting for an answer', 'heading');
  await inspect(pageOf(doctor), 'ask waiting');
  await patient.tab.open('/');
  await patient.tab.awaits(`Allow: ${doctor.name}`);
  await inspect(pageOf(patient), 'ask at home');
  await patient.tab.press(`Allow: ${doctor.name}`);
  await goesToShared(doctor, patient.name);
  await doctor.tab.reads('Document from');
  await inspect(pageOf(doctor), 'shared');
  await doctor.tab.press('Show it to a second doctor');
  await inspect(pageOf(doctor), 'shared delegate');
  await doctor.tab.press('Close');
  await asksFor(doctor, patient.name, ['notes', 'lab results', 'letters']);
  await patient.tab.open('/consents');
  await patient.tab.awaits(`Take it back: ${doctor.name}`);
  await inspect(pageOf(patient), 'consents patient');
  await doctor.tab.open('/consents');
  await doctor.tab.awaits(`Records of ${patient.name}`, 'link');
  await inspect(pageOf(doctor), 'consents doctor');
  await goesToShared(doctor, patient.name);
  await patient.tab.press(`Take it back: ${doctor.name}`);
  await patient.tab.press('Yes, take it back');
  await doctor.tab.reads('has taken this back');
  await inspect(pageOf(doctor), 'shared closed');
  for (const person of [doctor, patient]) await person.goesHome();
});

look('a code read aloud', async (inspect) => {
  const doctor = await Person.signIn(await tab(), 'd001');
  await hasKeys(doctor);
  await doctorsPhoneVisit(pageOf(doctor), { name: 'Gurdev Singh', phone: '98765 00031' });
  await asksFor(doctor, 'Gurdev Singh', ['notes']);
  await doctor.tab.reads('got a code by message');
  await inspect(pageOf(doctor), 'code read aloud');
  await doctor.goesHome();
});

look('an emergency: said beforehand, told, reviewed', async (inspect) => {
  const { doctor, patient } = await treated(here);
  await doctor.tab.open('/consents/emergency');
  await doctor.tab.press(`Ask ${patient.name}`);
  await inspect(pageOf(doctor), 'emergency');
  refused(pageOf(doctor), 403);
  await breaksGlass(doctor, patient.name, 'doctor123');
  await doctor.tab.reads('The patient has been told.');
  await inspect(pageOf(doctor), 'emergency open');
  await patient.tab.open('/');
  await patient.tab.reads('opened your records in an emergency');
  await inspect(pageOf(patient), 'emergency told');
  const auditor = await Person.enter(await tab(), 'u001', 'auditor123');
  await auditor.tab.reads('opened the records of');
  await inspect(pageOf(auditor), 'reviews');
  for (const person of [doctor, patient, auditor]) await person.goesHome();
});

look('one’s rights and keys; the clinic’s key for its administrator', async (inspect) => {
  const { doctor, patient, id } = await treated(here);
  await notes(doctor, id, 'Knee, first visit', 'Rest it for a week.');
  await patient.tab.open('/rights');
  await pageOf(patient).page.getByText('Choose records').click();
  await pageOf(patient).page.getByRole('checkbox').first().check();
  await patient.tab.press('Put it together');
  await provesAgain(patient, 'patient123', 'The archive is ready');
  await patient.tab.reads('The archive is ready', 60_000);
  await inspect(pageOf(patient), 'rights');
  await patient.tab.press('Erase one record');
  await patient.tab.awaits('Erase for ever?', 'heading');
  await inspect(pageOf(patient), 'rights erase');
  await patient.tab.open('/keys');
  await patient.tab.reads('The clinic can open this, too');
  await inspect(pageOf(patient), 'keys with the clinic');
  const admin = await Person.signIn(await tab(), 'a001');
  await admin.tab.open('/admin/keys');
  await admin.tab.awaits('Renew the key');
  await admin.tab.press('Renew the key');
  await inspect(pageOf(admin), 'clinic key');
  for (const person of [doctor, patient, admin]) await person.goesHome();
});
