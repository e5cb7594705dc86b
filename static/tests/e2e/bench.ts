/** `make bench`: what joining costs in time, round trips and bytes, what sealing adds to it, and what a participant costs in memory, on the release build. */
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';

import type { Browser, WebSocket } from 'playwright-core';

import type { FromWorker, ToWorker } from '../../src/seal/frames.ts';
import type { Counters, Figures } from '../../src/seal/pipes.ts';
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

/** Sign-ins in a new browser that are timed. */
const RESTORES = 10;

/** Figures are of the release build, unless somebody tries these measurements out. */
const BUILD = process.env['BENCH_BUILD'] === 'debug' ? 'debug' : 'release';

declare global {
  interface Window {
    stopwatch: { tapped?: number; keyed?: number; shown?: number };
    frameWorkers: Worker[];
  }
}

/** What one join took. */
interface Join {
  /** From the tap on "Join now" to the first frame of the other person on screen, in ms. */
  firstFrame: number;
  /** From the tap to the key with which this page seals, in ms: what the keys add ends here. */
  keyed: number;
  /** Frames of the WebSocket from the tap to `joined`, and their bytes. */
  sent: number;
  sentBytes: number;
  received: number;
  receivedBytes: number;
}

/** In the page: stops the time from the tap to the key to send with, and to the first frame of somebody else. */
function startStopwatch(): void {
  window.stopwatch = {};
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (this: Worker, ...message: Parameters<Worker['postMessage']>) {
    if ((message[0] as { t?: string }).t === 'send-key') window.stopwatch.keyed ??= performance.now();
    post.apply(this, message);
  } as Worker['postMessage'];
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
  const join: Join = { firstFrame: 0, keyed: 0, sent: 0, sentBytes: 0, received: 0, receivedBytes: 0 };
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
  join.keyed = await tab.run(() => (window.stopwatch.keyed ?? NaN) - (window.stopwatch.tapped ?? NaN), undefined);
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
  const house = await House.open({ build: BUILD });
  try {
    const patientTab = await ChromiumTab.open(browser, house.url);
    const { patient, path } = await meet(await ChromiumTab.open(browser, house.url), patientTab);
    await patient.hearsAndSees();
    const joins: Join[] = [];
    for (let turn = 0; turn < JOINS; turn += 1) joins.push(await timeJoin(patientTab, patient, path));
    const times = joins.map((join) => join.firstFrame);
    line(`click to first frame, p50 of ${JOINS} (p90)`, `${middle(times).toFixed(0)} ms (${middle(times, 0.9).toFixed(0)} ms)`);
    const keyed = joins.map((join) => join.keyed);
    line(`click to the key to seal with, p50 (p90)`, `${middle(keyed).toFixed(0)} ms (${middle(keyed, 0.9).toFixed(0)} ms)`);
    const of = (key: keyof Join) => middle(joins.map((join) => join[key]));
    line('join: messages to the server until `joined` (round trips)', `${of('sent')} of ${of('sentBytes')} bytes`);
    line('join: messages from the server until `joined`', `${of('received')} of ${of('receivedBytes')} bytes`);
  } finally {
    await house.close();
  }
}

/** In the page, before its own scripts: keeps the frame workers, so that their figures can be asked for. */
function keepWorkers(): void {
  const workers: Worker[] = [];
  const Plain = window.Worker;
  window.Worker = class extends Plain {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options);
      if (options?.name === 'seal') workers.push(this);
    }
  };
  window.frameWorkers = workers;
}

/** What the newest frame worker of a page says of its frames. */
async function counters(tab: ChromiumTab): Promise<Counters> {
  return tab.run(
    () =>
      new Promise<Counters>((told, failed) => {
        const worker = window.frameWorkers.at(-1);
        if (!worker) return failed(new Error('no frame worker'));
        worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
          if (data.t === 'counters' && data.re === -1) told(data.counters);
        });
        worker.postMessage({ t: 'counters', re: -1 } satisfies ToWorker);
      }),
    undefined,
  );
}

/** Largest picture that leaves the page, and how many a second. */
async function sending(tab: ChromiumTab): Promise<string> {
  return tab.run(async () => {
    let [width, height, rate] = [0, 0, 0];
    for (const connection of window.probe.connections) {
      if (connection.connectionState === 'closed') continue;
      for (const [, row] of await connection.getStats()) {
        if (row.type !== 'outbound-rtp' || row.kind !== 'video' || (row.frameWidth ?? 0) <= width) continue;
        [width, height, rate] = [row.frameWidth ?? 0, row.frameHeight ?? 0, row.framesPerSecond ?? 0];
      }
    }
    return `${width}×${height} at ${rate}`;
  }, undefined);
}

async function benchSealing(browser: Browser): Promise<void> {
  const house = await House.open({ build: BUILD });
  try {
    const tabs = [await ChromiumTab.open(browser, house.url), await ChromiumTab.open(browser, house.url)] as const;
    for (const tab of tabs) await tab.page.addInitScript(keepWorkers);
    const { doctor } = await meet(...tabs);
    await doctor.hearsAndSees();
    await until('a thousand pictures were sealed', 120_000, async () => (await counters(tabs[0])).send.video.frames >= 1000);
    const found = await counters(tabs[0]);
    const bytes = ({ trailer }: Figures) => `${trailer.min}–${trailer.max}, mean ${trailer.mean.toFixed(1)} bytes`;
    const time = ({ p50, p99, frames }: Figures) => `${p50.toFixed(2)}, ${p99.toFixed(2)} ms (${frames} frames)`;
    line('sealing adds to a frame of sound', bytes(found.send.audio));
    line('sealing adds to a picture', bytes(found.send.video));
    line(`worker per picture sealed, p50, p99 (largest layer ${await sending(tabs[0])})`, time(found.send.video));
    line('worker per picture opened, p50, p99', time(found.receive.video));
    line('worker per frame of sound, sealed; opened', `${time(found.send.audio)}; ${time(found.receive.audio)}`);
  } finally {
    await house.close();
  }
}

/** A browser that never saw this person: from the keys' half of the password to keys that can be used. */
async function benchRestore(browser: Browser): Promise<void> {
  const house = await House.open({ build: BUILD });
  try {
    const times = { made: [] as number[], restored: [] as number[], sign: [] as number[] };
    for (let turn = 0; turn <= RESTORES; turn += 1) {
      const tab = await ChromiumTab.open(browser, house.url);
      await tab.open('/login');
      await tab.fill('User name', 'p001');
      await tab.fill('Password', 'patient123');
      const began = performance.now();
      await tab.press('Sign in');
      await tab.awaits('Sign out');
      const took = performance.now() - began;
      const settled = () => tab.run(() => performance.getEntriesByName('keys-settled')[0]?.duration, undefined);
      await until('the keys are ready', 30_000, async () => (await settled()) !== undefined);
      times[turn === 0 ? 'made' : 'restored'].push((await settled()) ?? NaN);
      if (turn > 0) times.sign.push(took);
      await tab.close();
    }
    line('keys of a person made at the first sign-in', `${middle(times.made).toFixed(0)} ms`);
    line(`keys restored in a new browser, p50 of ${RESTORES} (p90)`, `${middle(times.restored).toFixed(0)} ms (${middle(times.restored, 0.9).toFixed(0)} ms)`);
    line('sign-in there, click to home page, stretching included, p50', `${middle(times.sign).toFixed(0)} ms`);
  } finally {
    await house.close();
  }
}

/** Signs in until the allocator holds what argon2 takes (19 MiB a password): what rooms add is weighed from there. */
async function hashPasswords(house: House): Promise<void> {
  const headers = { 'Content-Type': 'application/json', Origin: house.url };
  const body = JSON.stringify({ login: 'd001', password: 'doctor123' });
  for (let n = 0; n < 16; n += 1) {
    const answer = await fetch(`${house.url}/api/v1/login`, { method: 'POST', headers, body });
    if (!answer.ok) throw new Error(`sign-in answered ${answer.status}`);
  }
}

async function benchMemory(browser: Browser): Promise<void> {
  const house = await House.open({ build: BUILD });
  try {
    const started = house.memory();
    await hashPasswords(house);
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
    line('server memory: started, after a few sign-ins', `${mega(started)} MiB, ${mega(empty)} MiB`);
    line(`server memory with ${people.length} people in ${PAIRS.length} rooms`, `${mega(full)} MiB`);
    line('server memory per participant', `${mega((full - empty) / people.length)} MiB`);
  } finally {
    await house.close();
  }
}

const noise = `load before: ${readFileSync('/proc/loadavg', 'utf8').split(' ').slice(0, 3).join(' ')}`;
for (const bench of [benchJoins, benchSealing, benchRestore, benchMemory]) {
  const browser = await launchChromium();
  try {
    await bench(browser);
  } finally {
    await browser.close();
  }
}
line('noise of the machine', `${noise}, after: ${loadavg().map((load) => load.toFixed(2)).join(' ')}`);
