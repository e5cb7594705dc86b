/** The archive of everything: whole, safe to unpack, and safe to open in a browser. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { unzipSync } from 'fflate';

import type { RecordView } from '../../src/records/server.ts';
import { Archive, plainName } from '../../src/rights/archive.ts';
import { bundle, type OpenedVersion } from '../../src/rights/bundle.ts';
import { leaflet } from '../../src/rights/leaflet.ts';
import { random, utf8 } from '../../src/seal/bytes.ts';

const ID = '00000000-0000-4000-8000-000000000001';
const NOW = Date.UTC(2026, 10, 20);

const RECORD: RecordView = {
  id: ID, kind: 'lab', patient_id: ID, patient: 'Meera', department: null, visit: null, doctor: null, author: 'Dr Rao', own: false, corrects: null, asked: false, ver: 2, at: NOW, cid: 'b', size: 1, blocks: 0, custody: true, restricted: false,
};
const lab = (value: string) => ({ kind: 'lab' as const, v: 1 as const, title: 'Blood count', taken_at: NOW, results: [{ name: 'Haemoglobin', value, unit: 'g/dL', range: '12–15.5', code: '718-7' }] });
const version = (ver: number, value: string): OpenedVersion => ({ record: RECORD, ver, at: NOW, author: 'Dr Rao', content: lab(value), path: `opened/${ID}-v${ver}.json` });

test('what goes in comes out, texts and bytes', async () => {
  const archive = new Archive(new Date(NOW));
  const bytes = random(40_000);
  archive.bytes('sealed/blocks/b', bytes);
  archive.text('index.html', 'नमस्ते');
  archive.json('bundle.json', { a: 1 });
  const files = unzipSync(new Uint8Array(await (await archive.done()).arrayBuffer()));
  assert.deepEqual(Object.keys(files).sort(), ['bundle.json', 'index.html', 'sealed/blocks/b']);
  assert.deepEqual(files['sealed/blocks/b'], bytes);
  assert.deepEqual(files['index.html'], utf8('नमस्ते'));
});

test('a file’s name never leads out of the archive', () => {
  assert.equal(plainName('../../etc/passwd'), '__.._etc_passwd');
  assert.doesNotMatch(plainName('a\\b/c:d'), /[\\/:]/);
  assert.equal(plainName('..'), '_');
  assert.equal(plainName(''), 'file');
});

test('results are observations of the newest version alone; every version is a document', () => {
  const made = bundle({ person: { id: ID, name: 'Meera' }, profile: null, visits: [], opened: [version(1, '9.8'), version(2, '< 10')], consents: [{ resourceType: 'Consent', id: ID }, null], now: NOW }) as { entry: { resource: Record<string, unknown> }[] };
  const of = (type: string) => made.entry.map((one) => one.resource).filter((one) => one['resourceType'] === type);
  assert.equal(of('DocumentReference').length, 2);
  assert.deepEqual(of('DocumentReference').map((one) => one['status']), ['superseded', 'current']);
  assert.equal(of('Observation').length, 1);
  assert.equal(of('Observation')[0]?.['valueString'], '< 10 g/dL');
  assert.equal(of('DiagnosticReport')[0]?.['status'], 'amended');
  assert.equal(of('Consent').length, 1);
});

test('what people typed is text in the page, and the page runs nothing', () => {
  const evil = '<img src=x onerror=alert(1)>';
  const note: OpenedVersion = { record: { ...RECORD, kind: 'note', ver: 1 }, ver: 1, at: NOW, author: evil, content: { kind: 'note', v: 1, title: evil, text: `${evil}"'&`, corrects: null }, path: `opened/${ID}-v1.json` };
  const html = leaflet({ name: evil, profile: null, opened: [note], unopened: [], consents: [], consentLine: () => '', looks: [], now: NOW });
  assert.doesNotMatch(html, /<img|<script/);
  assert.match(html, /default-src 'none'/);
  assert.match(html, /&lt;img src=x onerror=alert\(1\)&gt;&quot;'&amp;/);
});
