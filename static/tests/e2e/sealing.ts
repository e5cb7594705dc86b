/** What people do with the encryption of their call: look at the mark, read the words to each other, and say that they match. */
import assert from 'node:assert/strict';

import type { ChromiumTab } from './chromium.ts';
import type { Person } from './person.ts';
import { type Visit, meet } from './story.ts';
import { PATIENCE } from './tab.ts';
import { until } from './until.ts';

export const MARK = {
  alone: 'End-to-end encrypted',
  sealed: 'End-to-end encrypted, not compared',
  verified: 'End-to-end encrypted, compared',
  warning: 'Check the encryption',
} as const;

/** The words that somebody shares with another person, as their page shows them. */
export async function wordsWith(person: Person, other: Person, mark: string = MARK.sealed): Promise<string[]> {
  await person.tab.press(mark);
  let words: string[] = [];
  await until(`${person.name} sees the words`, PATIENCE, async () => {
    const list = `ol[aria-label="The words you share with ${other.name}"] li`;
    words = await person.tab.run((where) => [...document.querySelectorAll(where)].map((one) => one.textContent ?? ''), list);
    return words.length > 0;
  });
  await person.tab.press('Close');
  return words;
}

/** Both see the mark and the same five words. */
export async function sameWords(one: Person, other: Person): Promise<string[]> {
  for (const person of [one, other]) await person.tab.awaits(MARK.sealed);
  const words = await wordsWith(one, other);
  assert.equal(words.length, 5);
  assert.ok(words.every((word) => /^[a-z]+$/.test(word)), `words: ${words.join(' ')}`);
  assert.deepEqual(await wordsWith(other, one), words);
  return words;
}

/** Says that the words match. */
export async function agrees(person: Person, other: Person): Promise<void> {
  await person.tab.press(MARK.sealed);
  await person.tab.press(`They match for ${other.name}`);
  await person.tab.press('Close');
}

/** A doctor and a patient in a visit in which both see and hear the other, sealed. */
export async function meetSealed(doctorTab: ChromiumTab, patientTab: ChromiumTab): Promise<Visit> {
  const visit = await meet(doctorTab, patientTab);
  for (const person of [visit.doctor, visit.patient]) {
    await person.hearsAndSees();
    await person.tab.awaits(MARK.sealed);
  }
  return visit;
}

/** What came in at a page so far: packets received, and what could be made of them. */
export async function gets(person: Person): Promise<{ packets: number; frames: number; energy: number }> {
  const rows = await person.tab.run(() => window.probe.incoming(), undefined);
  const sum = (key: 'packets' | 'frames' | 'energy') => rows.reduce((all, row) => all + row[key], 0);
  return { packets: sum('packets'), frames: sum('frames'), energy: sum('energy') };
}

/** Waits until many packets came to a page, of which nothing could be made. */
export async function getsNothing(person: Person, packets = 200): Promise<void> {
  await until(`packets come to ${person.name}`, 30_000, async () => (await gets(person)).packets >= packets);
  const { frames, energy } = await gets(person);
  assert.deepEqual({ frames, energy }, { frames: 0, energy: 0 }, `what ${person.name} could decode`);
}
