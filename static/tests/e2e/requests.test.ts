/** Ways into a visit other than the doctor's own start: a patient who asks, a guest with a link, a second tab. */
import { test } from 'node:test';

import { Person } from './person.ts';
import { stage } from './stage.ts';
import { endVisit, invite, lineDrops, meet, removeGuest } from './story.ts';

const { tab } = stage('each');

test('a patient asks for a visit, the doctor accepts, and they meet', async () => {
  const doctor = await Person.signIn(await tab(), 'd001');
  const patient = await Person.signIn(await tab({ width: 360 }), 'p001');
  await patient.tab.press('Ask for a visit');
  await patient.tab.press(`Ask ${doctor.name}`);
  await patient.tab.reads('Waiting for');
  await doctor.tab.press(`Accept ${patient.name}`);
  await doctor.tab.press(`Join the visit with ${patient.name}`);
  await doctor.join();
  await doctor.inCall();
  await patient.tab.press(`Join the visit with ${doctor.name}`);
  await patient.join();
  await doctor.tab.press(`Let in ${patient.name}`);
  for (const person of [doctor, patient]) await person.hearsAndSees();
  for (const person of [doctor, patient]) await person.goesHome();
});

test('a patient who asked can take it back, and a doctor can decline', async () => {
  const doctor = await Person.signIn(await tab(), 'd001');
  const patient = await Person.signIn(await tab(), 'p001');
  for (const end of ['patient', 'doctor']) {
    await patient.tab.press('Ask for a visit');
    await patient.tab.press(`Ask ${doctor.name}`);
    await doctor.tab.awaits(`Accept ${patient.name}`);
    if (end === 'patient') await patient.tab.press('Take back the request');
    else await doctor.tab.press(`Decline ${patient.name}`);
    await patient.tab.readsNoMore('Waiting for');
    await doctor.tab.readsNoMore('Accept');
  }
  for (const person of [doctor, patient]) await person.goesHome();
});

test('a guest with a link is let in, all three see each other, and the guest is removed for good', async () => {
  const { doctor, patient } = await meet(await tab(), await tab());
  const link = await invite(doctor);
  const guest = await Person.comeByLink(await tab({ width: 360 }), link, 'Meera');
  await guest.join();
  await guest.tab.reads('You are at the door');
  await doctor.tab.press('Let in Meera');
  for (const person of [doctor, patient, guest]) await person.hearsAndSees(2);
  await guest.write('I am her daughter.');
  for (const person of [doctor, patient, guest]) await person.hasChat(['I am her daughter.']);

  await removeGuest(doctor, 'Meera');
  await guest.tab.reads('You were removed from the visit');
  for (const person of [doctor, patient]) await person.hearsAndSees(1);
  guest.tab.complaints.expect(/status of 4(01|04)/);
  await guest.tab.open(new URL(link).pathname);
  await guest.tab.reads('ask for a new one');
  for (const person of [doctor, patient, guest]) await person.goesHome();
});

test('a second tab of the same person takes the call over, and the first can take it back', async () => {
  const first = await tab();
  const { doctor, patient, path } = await meet(await tab(), first);
  const second = patient.inTab(await tab({ beside: first }));
  await second.tab.open(path);
  await second.join();
  await second.hearsAndSees();
  await patient.tab.reads('The call moved to another tab');
  await doctor.hearsAndSees();

  await patient.tab.press('Use this tab instead');
  await patient.hearsAndSees();
  await second.tab.reads('The call moved to another tab');
  for (const person of [doctor, patient, second]) await person.goesHome();
});

test('a fifth person is told that the visit is full, and comes to the door when somebody was removed', async () => {
  const { doctor, patient } = await meet(await tab(), await tab());
  const guests: Person[] = [];
  for (const name of ['Meera', 'Kabir']) {
    const guest = await Person.comeByLink(await tab(), await invite(doctor), name);
    await guest.join();
    await doctor.tab.press(`Let in ${name}`);
    await guest.inCall();
    guests.push(guest);
  }
  const late = await Person.comeByLink(await tab(), await invite(doctor), 'Late');
  await late.join();
  await late.tab.reads('This visit is full');
  await removeGuest(doctor, 'Kabir');
  await guests[1]?.tab.reads('You were removed from the visit');
  await late.tab.press('Try again');
  await doctor.tab.awaits('Let in Late');
  for (const person of [doctor, patient, ...guests, late]) await person.goesHome();
});

test('an ended visit says so to whoever comes later', async () => {
  const { doctor, patient, path } = await meet(await tab(), await tab());
  await endVisit(doctor);
  await patient.tab.reads('The visit has ended');
  for (const person of [doctor, patient]) {
    lineDrops(person);
    await person.tab.open(path);
    await person.tab.reads('The visit has ended');
    await person.goesHome();
  }
});
