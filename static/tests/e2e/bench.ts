/** `make bench`: what joining costs in time, round trips and bytes, and what a participant costs in memory, measured on the release build. */
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';

import type { Browser, WebSocket } from 'playwright-core';

import { ChromiumTab, launchChromium } from './chromium.ts';
import { House } from './house.ts';
import { type Login, Person } from './person.ts';
import { meet, startVisit } from './story.ts';
import { until } from './until.ts';

/** Joins that are timed. */
const JOINS = 20;

/** Rooms of two whose memory is weighed; every pair of demo doctor and patient once. */
const PAIRS: [Login, Login][] = [
  ['d001', 'p001'],
  ['d001', 'p002'],
  ['d002', 'p001'],
  ['d002', 'p002'],
];

declare global {
  interface Window {
    stopwatch: { tapped?: number; shown?: number };
  }
}

/** What one join took. */
interface Join {
  /** From the tap on "Join now" to the first frame of the other person on screen, in ms. */
  firstFrame: number;
  /** Frames of the WebSocket from the tap to `joined`, and their bytes. */
  sent: number;
  sentBytes: number;
  received: number;
  receivedBytes: number;
}

/** In the page: stops the time from the tap to the first frame of somebody else. */
function startStopwatch(): void {
  window.stopwatch = {};
  addEventListener('click', (event) => (window.stopwatch.tapped = event.timeStamp), { capture: true, once: true });
  const seen = new WeakSet<HTMLVideoElement>();
  const look = (): void => {
    for (const video of document.querySelectorAll<HTMLVideoElement>('video[data-seat]')) {
      if (seen.has(video)) continue;
      seen.add(video);
      video.requestVideoFrameCallback((now) => (window.stopwatch.shown ??= now));
    }
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-seat'] });
  look();
}

async function timeJoin(tab: ChromiumTab, person: Person, path: string): Promise<Join> {
  const join: Join = { firstFrame: 0, sent: 0, sentBytes: 0, received: 0, receivedBytes: 0 };
  let counting = false;
  const size = (payload: string | Buffer) => Buffer.byteLength(payload);
  const listen = (socket: WebSocket): void => {
    socket.on('framesent', ({ payload }) => {
      if (!counting) return;
      join.sent += 1;
      join.sentBytes += size(payload);
    });
    socket.on('framereceived', ({ payload }) => {
      if (!counting) return;
      join.received += 1;
      join.receivedBytes += size(payload);
      if (payload.includes('"t":"joined"')) counting = false;
    });
  };
  await tab.press('Hang up');
  await tab.reads('You left the call');
  tab.page.on('websocket', listen);
  await tab.open(path);
  await person.getReady();
  await tab.run(startStopwatch, undefined);
  counting = true;
  await tab.press('Join now');
  await until('the first frame is shown', 30_000, () => tab.run(() => window.stopwatch.shown !== undefined, undefined));
  join.firstFrame = await tab.run(() => (window.stopwatch.shown ?? NaN) - (window.stopwatch.tapped ?? NaN), undefined);
  tab.page.off('websocket', listen);
  return join;
}

function middle(numbers: number[], share = 0.5): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

function line(what: string, figure: string): void {
  console.log(`${what.padEnd(58)} ${figure}`);
}

async function benchJoins(browser: Browser): Promise<void> {
  const house = await House.open({ build: 'release' });
  try {
    const patientTab = await ChromiumTab.open(browser, house.url);
    const { patient, path } = await meet(await ChromiumTab.open(browser, house.url), patientTab);
    await patient.hearsAndSees();
    const joins: Join[] = [];
    for (let turn = 0; turn < JOINS; turn += 1) joins.push(await timeJoin(patientTab, patient, path));
    const times = joins.map((join) => join.firstFrame);
    line(`click to first frame, p50 of ${JOINS} (p90)`, `${middle(times).toFixed(0)} ms (${middle(times, 0.9).toFixed(0)} ms)`);
    const of = (key: keyof Join) => middle(joins.map((join) => join[key]));
    line('join: messages to the server until `joined` (round trips)', `${of('sent')} of ${of('sentBytes')} bytes`);
    line('join: messages from the server until `joined`', `${of('received')} of ${of('receivedBytes')} bytes`);
  } finally {
    await house.close();
  }
}

async function benchMemory(browser: Browser): Promise<void> {
  const house = await House.open({ build: 'release' });
  try {
    const empty = house.memory();
    const people: Person[] = [];
    for (const [doctorLogin, patientLogin] of PAIRS) {
      const doctor = await Person.signIn(await ChromiumTab.open(browser, house.url), doctorLogin);
      const patient = await Person.signIn(await ChromiumTab.open(browser, house.url), patientLogin);
      const path = await startVisit(doctor, patient.name);
      await doctor.join();
      await patient.tab.open(path);
      await patient.join();
      await doctor.tab.press(`Let in ${patient.name}`);
      people.push(doctor, patient);
    }
    for (const person of people) await person.hearsAndSees();
    const full = house.memory();
    const mega = (bytes: number) => (bytes / 1024 / 1024).toFixed(1);
    line(`server memory: empty, with ${people.length} people in ${PAIRS.length} rooms`, `${mega(empty)} MiB, ${mega(full)} MiB`);
    line('server memory per participant', `${mega((full - empty) / people.length)} MiB`);
  } finally {
    await house.close();
  }
}

const noise = `load before: ${readFileSync('/proc/loadavg', 'utf8').split(' ').slice(0, 3).join(' ')}`;
const browser = await launchChromium();
try {
  await benchJoins(browser);
} finally {
  await browser.close();
}
const second = await launchChromium();
try {
  await benchMemory(second);
} finally {
  await second.close();
}
line('noise of the machine', `${noise}, after: ${loadavg().map((load) => load.toFixed(2)).join(' ')}`);
