/** Somebody in front of a browser: signs in, gets ready, joins, writes, and says whether the others can be heard and seen. */
import assert from 'node:assert/strict';

import type { Incoming } from './probe.ts';
import { PATIENCE, type Tab } from './tab.ts';
import { until } from './until.ts';

/** The demo people, as `serve --demo` makes them. */
export const DEMO = {
  p001: 'patient123',
  p002: 'patient456',
  d001: 'doctor123',
  d002: 'doctor456',
  r001: 'reception123',
  a001: 'admin123',
} as const;

export type Login = keyof typeof DEMO;

/** Pictures and packets that must come anew before somebody counts as seen and heard. */
const FRESH_FRAMES = 10;
const FRESH_PACKETS = 25;

/** Longest until media flows, in ms, on two cores that also run the browsers. */
const MEDIA_LIMIT = 30_000;

export class Person {
  private constructor(
    readonly tab: Tab,
    readonly name: string,
  ) {}

  /** Signs in with one of the demo people, who has the password of the demo unless told. */
  static async signIn(tab: Tab, login: Login, password: string = DEMO[login]): Promise<Person> {
    return Person.enter(tab, login, password);
  }

  /** Signs in with any account. */
  static async enter(tab: Tab, login: string, password: string): Promise<Person> {
    await tab.open('/login');
    await tab.fill('User name', login);
    await tab.fill('Password', password);
    await tab.press('Sign in');
    await tab.awaits('Sign out');
    const me = await tab.run(async () => (await fetch('/api/v1/me')).json() as Promise<{ name: string }>, undefined);
    return new Person(tab, me.name);
  }

  /** A guest, whom only the link lets in. */
  static async comeByLink(tab: Tab, link: string, name: string): Promise<Person> {
    await tab.open(new URL(link).pathname);
    const guest = new Person(tab, name);
    await guest.introduces();
    return guest;
  }

  /** Says on a link's page who they are, and goes in. */
  async introduces(): Promise<void> {
    await this.tab.fill('Your name', this.name);
    await this.tab.fill('Year of birth', '1984');
    await this.tab.press('This is my own name and year of birth', 'checkbox');
    await this.tab.press('Go to the visit');
  }

  /** The same person in another tab, already signed in there. */
  inTab(tab: Tab): Person {
    return new Person(tab, this.name);
  }

  /** On the page before the call: lets the page have camera and microphone, and joins. */
  async join(): Promise<void> {
    await this.getReady();
    await this.tab.press('Join now');
  }

  /** Back into a call that the page was in before it was loaded again. */
  async returnToCall(): Promise<void> {
    await this.tab.press('Return to the call');
    await this.inCall();
  }

  async getReady(): Promise<void> {
    await this.tab.awaits('Join now');
    if (await this.tab.offers('Use camera and microphone')) await this.tab.press('Use camera and microphone');
    await this.tab.awaits('Turn camera off');
  }

  async inCall(): Promise<void> {
    await this.tab.awaits('Hang up');
  }

  /** Waits until this many others are seen and heard: pictures decoded and sound that is not silence, counted from now on. */
  async hearsAndSees(others = 1): Promise<void> {
    await this.perceives({ seen: others, heard: others });
  }

  async perceives(others: { seen?: number; heard?: number }): Promise<void> {
    const before = await this.incoming();
    let now = before;
    try {
      await until(`others come through: ${JSON.stringify(others)}`, MEDIA_LIMIT, async () => {
        now = await this.incoming();
        return seen(before, now) >= (others.seen ?? 0) && heard(before, now) >= (others.heard ?? 0);
      });
    } catch (cause) {
      throw new Error(`${this.name}: ${JSON.stringify(now)}`, { cause });
    }
  }

  /** Writes into the chat, which is open after. */
  async write(text: string): Promise<void> {
    await this.openChat();
    await this.tab.fill('Write a message', text);
    await this.tab.press('Send');
  }

  async openChat(): Promise<void> {
    if (await this.tab.offers('Open chat')) await this.tab.press('Open chat');
  }

  /** Waits until these messages are in the chat in this order, each exactly once, and nothing waits to be sent. */
  async hasChat(messages: string[]): Promise<void> {
    await this.openChat();
    let last = '';
    const wanted = JSON.stringify(messages);
    try {
      await until('the chat is whole', PATIENCE, async () => {
        const text = await this.chatText();
        last = JSON.stringify(inOrder(text, messages));
        return last === wanted && !text.includes('Not sent yet') && !text.includes('Sending');
      });
    } catch (cause) {
      throw new Error(`${this.name} has ${last}, not ${wanted}`, { cause });
    }
  }

  async chatText(): Promise<string> {
    return this.tab.run(() => document.querySelector<HTMLElement>('[role=log]')?.innerText ?? '', undefined);
  }

  /** Closes the page, which must have complained of nothing. */
  async goesHome(): Promise<void> {
    await this.tab.close();
    assert.deepEqual(this.tab.complaints.unexpected, [], `what ${this.name}'s page complained of`);
  }

  private async incoming(): Promise<Incoming[]> {
    return this.tab.run(() => window.probe.incoming(), undefined);
  }
}

function fresh(before: Incoming[], now: Incoming): Incoming {
  const then = before.find((row) => row.id === now.id);
  if (!then) return now;
  return { ...now, packets: now.packets - then.packets, frames: now.frames - then.frames, energy: now.energy - then.energy };
}

function seen(before: Incoming[], now: Incoming[]): number {
  return now.filter((row) => row.kind === 'video' && fresh(before, row).frames >= FRESH_FRAMES).length;
}

function heard(before: Incoming[], now: Incoming[]): number {
  const audible = (row: Incoming) => fresh(before, row).packets >= FRESH_PACKETS && fresh(before, row).energy > 0;
  return now.filter((row) => row.kind === 'audio' && audible(row)).length;
}

/** Every occurrence of one of the messages in a text, in the order they stand there. */
function inOrder(text: string, messages: string[]): string[] {
  const places = [...new Set(messages)].flatMap((message) =>
    [...text.matchAll(new RegExp(message.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'g'))].map((found) => ({ message, at: found.index })),
  );
  return places.sort((one, other) => one.at - other.at).map((place) => place.message);
}
