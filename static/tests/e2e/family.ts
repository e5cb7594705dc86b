/** A child, a grown-up and the desk: saying when somebody was born, and linking the two. */
import assert from 'node:assert/strict';

import type { ChromiumTab } from './chromium.ts';
import { asks } from './door.ts';
import { choose, pageOf } from './office.ts';
import { Person } from './person.ts';
import { hasKeys } from './vault.ts';

/** Says in somebody's name when they were born; a child names who answers for it. */
export async function isBorn(person: Person, birth_year: number): Promise<void> {
  const guardian = birth_year > 2015 ? { guardian: { name: 'Arjun Gill', relation: 'father' } } : {};
  assert.equal(await asks(person, 'PATCH', '/me/profile', { birth_year, ...guardian }), 200);
}

/** Somebody's id. */
export async function idOf(person: Person): Promise<string> {
  return person.tab.run(async () => ((await (await fetch('/api/v1/me')).json()) as { id: string }).id, undefined);
}

/** The second demo patient, grown up, with keys. */
export async function father({ tab }: { tab(): Promise<ChromiumTab> }): Promise<Person> {
  const person = await Person.signIn(await tab(), 'p002');
  await hasKeys(person);
  await isBorn(person, 1985);
  return person;
}

/** The desk opens a child's page from its home, by search. */
export async function findsChild(desk: Person, child: Person): Promise<void> {
  await desk.tab.open('/');
  await desk.tab.press('Parents and guardians', 'link');
  await desk.tab.fill('Find the child', child.name.slice(0, 4));
  await desk.tab.press(`Choose ${child.name}`);
  await desk.tab.awaits(`Who answers for ${child.name}`, 'heading');
}

/** Fills in who a grown-up is, up to the button. */
export async function showsPapers(desk: Person, child: Person, adult: Person): Promise<void> {
  await desk.tab.press(`Choose ${adult.name}`);
  await choose(pageOf(desk), `What they are to ${child.name}`, 'father');
  await choose(pageOf(desk), 'Which paper did they show?', 'birth_certificate');
  await desk.tab.press(`I looked at this paper, and at a photo card of ${adult.name}`, 'checkbox');
}
