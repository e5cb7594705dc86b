/** `make bench`: what sealing and opening a record costs in the browser, and how an upload of 50 MB fares on a thin line that is cut. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Browser } from 'playwright-core';
import { build } from 'vite';

import { ChromiumTab, launchChromium } from './chromium.ts';
import { pdf } from './files.ts';
import { House } from './house.ts';
import { pageOf } from './office.ts';
import { until } from './until.ts';
import { arrives, treated } from './vault.ts';

const BUILD = process.env['BENCH_BUILD'] === 'debug' ? 'debug' : 'release';
/** Bytes of the file that is sent; smaller to try the measurement out. */
const SIZE = Number(process.env['BENCH_UPLOAD'] ?? 49_900_000);
/** 1 Mbit/s, in bytes a second. */
const LINE = 125_000;
/** How long the line is cut, in ms. */
const CUT_MS = 15_000;
/** Longest the upload may take, in ms. */
const LIMIT = 20 * 60_000;

interface Bench {
  sealAndOpen(): Promise<{ seal: number[]; open: number[] }>;
  wraps(): Promise<{ wrap: number; rewrap: number }>;
}
declare global {
  interface Window {
    bench: Bench;
  }
}

function line(what: string, figure: string): void {
  console.log(`${what}: ${figure}`);
}

function middle(numbers: number[], share = 0.5): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** The app's functions as one script. */
async function bundled(): Promise<string> {
  const made = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, target: 'es2022', lib: { entry: join(import.meta.dirname, 'in-page.ts'), formats: ['iife'], name: 'bench' } },
  });
  const [first] = Array.isArray(made) ? made : [made];
  const chunk = first !== undefined && 'output' in first ? first.output[0] : undefined;
  if (chunk?.type !== 'chunk') throw new Error('nothing was bundled');
  return `${chunk.code}\nwindow.bench = bench;`;
}

async function benchSealing(browser: Browser, house: House): Promise<void> {
  const tab = await ChromiumTab.open(browser, house.url);
  await tab.open('/login');
  await tab.page.evaluate(await bundled());
  const { seal, open } = await tab.run(() => window.bench.sealAndOpen(), undefined);
  line(`a file of 1 MB sealed for three keys in the browser, p50 of ${seal.length} (p90)`, `${middle(seal).toFixed(0)} ms (${middle(seal, 0.9).toFixed(0)} ms)`);
  line('the same opened, p50 (p90)', `${middle(open).toFixed(0)} ms (${middle(open, 0.9).toFixed(0)} ms)`);
  const { wrap, rewrap } = await tab.run(() => window.bench.wraps(), undefined);
  line('content keys wrapped in the browser', `${wrap.toFixed(0)} a second; opened and wrapped again ${rewrap.toFixed(0)} a second`);
  await tab.close();
}

async function benchUpload(browser: Browser, house: House): Promise<void> {
  const { doctor, patient } = await treated({ tab: () => ChromiumTab.open(browser, house.url) });
  const { page, context } = pageOf(patient);
  const folder = mkdtempSync(join(tmpdir(), 'vaidya-bench-'));
  const file = join(folder, 'fifty.pdf');
  writeFileSync(file, pdf('fifty.pdf', SIZE).buffer);
  let blocks = 0;
  page.on('request', (request) => (blocks += request.method() === 'PUT' ? 1 : 0));
  patient.tab.complaints.expect(/net::ERR_|WebSocket connection/);
  await patient.tab.open('/records/add');
  await page.getByLabel('Choose a file', { exact: true }).setInputFiles(file);
  const session = await context.newCDPSession(page);
  const network = (offline: boolean) => session.send('Network.emulateNetworkConditions', { offline, latency: 40, downloadThroughput: LINE, uploadThroughput: LINE });
  await session.send('Network.enable');
  await network(false);
  const began = performance.now();
  await patient.tab.press('Seal and send');
  const share = () => patient.tab.run(() => document.querySelector('progress')?.value ?? 0, undefined);
  await until('half of it is there', LIMIT, async () => (await share()) >= 0.5);
  await network(true);
  await new Promise((after) => setTimeout(after, CUT_MS));
  await network(false);
  await arrives(patient, 'fifty', LIMIT);
  const seconds = (performance.now() - began) / 1_000;
  const floor = SIZE / LINE + CUT_MS / 1_000;
  line(`upload of ${(SIZE / 1_000_000).toFixed(1)} MB at 1 Mbit/s, cut for ${CUT_MS / 1_000} s in the middle`, `${seconds.toFixed(0)} s (the line alone: ${floor.toFixed(0)} s), ${blocks} requests for ${Math.ceil(SIZE / 1_048_560)}+ blocks`);
  rmSync(folder, { recursive: true });
  for (const person of [doctor, patient]) await person.goesHome();
}

const browser = await launchChromium();
const house = await House.open({ build: BUILD });
try {
  await benchSealing(browser, house);
  await benchUpload(browser, house);
} finally {
  await browser.close();
  await house.close();
}
