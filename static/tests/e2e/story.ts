/** The whole visit, as it is told in every house and between every two browsers. */
import type { TestContext } from 'node:test';

import type { House } from './house.ts';
import { Person } from './person.ts';
import { MARK, sameWords } from './sealing.ts';
import { PATIENCE, type Tab } from './tab.ts';
import { until } from './until.ts';

export interface Visit {
  doctor: Person;
  patient: Person;
  /** Path of the visit's page. */
  path: string;
}

/** Doctor and patient are in a call: started by the doctor, the patient came in through the lobby. */
export async function meet(doctorTab: Tab, patientTab: Tab): Promise<Visit> {
  const [doctor, patient] = await Promise.all([Person.signIn(doctorTab, 'd001'), Person.signIn(patientTab, 'p001')]);
  const path = await startVisit(doctor, patient.name);
  await doctor.join();
  await doctor.inCall();
  await patient.tab.open(path);
  await patient.join();
  await patient.tab.reads('You are at the door');
  await doctor.tab.press(`Let in ${patient.name}`);
  await patient.inCall();
  return { doctor, patient, path };
}

/** The doctor starts a visit from the home page, and is taken to its page. */
export async function startVisit(doctor: Person, patient: string): Promise<string> {
  await doctor.tab.press('Start a visit');
  await doctor.tab.press(`Start a visit with ${patient}`);
  await until('the page of the visit is open', PATIENCE, () => doctor.tab.path().startsWith('/visit/'));
  return doctor.tab.path();
}

/** Meets sealed, talks, survives a reload and `kill -9`, and ends with a record. */
export async function wholeVisit(t: TestContext, house: House, doctorTab: Tab, patientTab: Tab): Promise<void> {
  const { doctor, patient } = await meet(doctorTab, patientTab);
  const both = [doctor, patient];
  const messages: string[] = [];

  const say = async (who: Person, text: string) => {
    await who.write(text);
    messages.push(text);
    for (const person of both) await person.hasChat(messages);
  };

  await t.test('each sees and hears the other', async () => {
    for (const person of both) await person.hearsAndSees();
  });

  await t.test('the mark says that it is sealed, and both have the same five words', async () => {
    await sameWords(doctor, patient);
  });

  await t.test('what either writes reaches both, once and in order', async () => {
    await say(doctor, 'Good morning, how did you sleep?');
    await say(patient, 'Better than last week.');
    await say(doctor, 'Glad to read that.');
  });

  await t.test('a reload brings the patient back into the call, with the chat', async () => {
    await patient.tab.reload();
    await patient.returnToCall();
    for (const person of both) await person.hearsAndSees();
    for (const person of both) await person.hasChat(messages);
  });

  await t.test('a server killed in mid-call brings everyone back by itself, and nothing said is lost', async () => {
    for (const person of both) lineDrops(person);
    await house.kill();
    for (const person of both) await person.tab.reads('Reconnecting');
    await patient.write('Can you still read me?');
    await patient.tab.reads('Not sent yet');
    messages.push('Can you still read me?');
    await house.start();
    for (const person of both) await person.hearsAndSees();
    for (const person of both) await person.hasChat(messages);
    await say(doctor, 'Yes, you are back.');
    for (const person of both) await person.tab.awaits(MARK.sealed); // on a phone the open chat lies over it
  });

  await t.test('the doctor ends the visit for both, and either opens its record', async () => {
    await endVisit(doctor);
    await patient.tab.reads('The visit has ended');
    for (const person of both) {
      await person.tab.reads('The record of this visit is sealed');
      await person.tab.press('Open the record', 'link');
      for (const message of messages) await person.tab.reads(message);
    }
    for (const person of both) await person.goesHome();
  });
}

/** The doctor, in the call, ends it for everyone. */
export async function endVisit(doctor: Person): Promise<void> {
  await doctor.tab.press('Hang up');
  await doctor.tab.press('End for everyone');
  await doctor.tab.press('Yes, end the visit');
  await doctor.tab.reads('The visit has ended');
}

/** From now on this page may complain that it cannot reach the server. */
export function lineDrops(person: Person): void {
  const { complaints } = person.tab;
  complaints.expect(/WebSocket connection to .* failed/); // Chromium
  complaints.expect(/(connection to|establish a connection to the server at) ws:/); // Firefox
  complaints.expect(/net::ERR_/);
}

/** The doctor, in the call, makes a link for a guest. */
export async function invite(doctor: Person): Promise<string> {
  await doctor.tab.press('More');
  await doctor.tab.press('Invite someone');
  const link = await doctor.tab.holds('Guest link');
  await doctor.tab.press('Close');
  return link;
}

/** The doctor puts a guest out. */
export async function removeGuest(doctor: Person, name: string): Promise<void> {
  await doctor.tab.press('More');
  await doctor.tab.press(`Remove ${name}`);
  await doctor.tab.press('Yes, remove');
  await doctor.tab.press('Close');
}
