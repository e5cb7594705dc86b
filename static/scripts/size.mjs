/** Prints what a patient downloads, gzipped: before the call code and with it. Fails beyond the budget. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Budgets in kB (1000 bytes) of JS + CSS. */
const BEFORE_CALL = 60;
const WITH_CALL = 100;

const dist = join(import.meta.dirname, '..', 'dist');
const manifestFile = join(dist, '.vite', 'manifest.json');
if (!existsSync(manifestFile)) {
  console.error('static/dist is not built: run `npm run build` first');
  process.exit(1);
}
const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'));

/** The files a chunk brings with it, styles included. */
function files(key, found = new Set()) {
  const chunk = manifest[key];
  if (chunk === undefined || found.has(chunk.file)) return found;
  found.add(chunk.file);
  for (const style of chunk.css ?? []) found.add(style);
  for (const next of chunk.imports ?? []) files(next, found);
  return found;
}

function weigh(names) {
  return [...names].reduce((sum, name) => sum + gzipSync(readFileSync(join(dist, name)), { level: 9 }).length, 0) / 1000;
}

const before = new Set([...files('index.html'), ...files('src/pages/patient.tsx')]);
const all = new Set([...before, ...files('src/pages/visit.tsx')]);
const rows = [
  ['before the call code', weigh(before), BEFORE_CALL],
  ['with the call code', weigh(all), WITH_CALL],
];
for (const [what, size, budget] of rows) {
  console.log(`patient's page, ${what}: ${size.toFixed(1)} kB gzip of at most ${budget}`);
}
if (rows.some(([, size, budget]) => size > budget)) process.exit(1);
