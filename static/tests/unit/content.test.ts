/** What is inside records: read as what it is, or refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FILE_TYPES, readContent, sniff } from '../../src/records/content.ts';
import { ShapeError } from '../../src/shape.ts';

const file = { v: 1, title: 'Scan', name: 'scan.pdf', type: 'application/pdf', size: 5, sha256: 'AA' };
const read = (kind: 'note' | 'letter' | 'lab' | 'document' | 'image', value: unknown) => readContent(kind, JSON.stringify(value));

test('each kind is read as what it is', () => {
  assert.deepEqual(read('note', { v: 1, title: 'Cough', text: 'Better.' }), { kind: 'note', v: 1, title: 'Cough', text: 'Better.', corrects: null });
  const lab = read('lab', { v: 1, title: 'Blood', taken_at: 5, results: [{ name: 'HbA1c', value: '6.1', unit: '%' }] });
  assert.deepEqual(lab, { kind: 'lab', v: 1, title: 'Blood', taken_at: 5, results: [{ name: 'HbA1c', value: '6.1', unit: '%', range: null, code: null }] });
  const small = read('image', { ...file, data: 'JVBERi0' });
  assert.ok(small.kind === 'image' && small.chunks === null && small.data === 'JVBERi0');
  const large = read('document', { ...file, chunks: [{ cid: 'b', size: 1 }] });
  assert.ok(large.kind === 'document' && large.chunks?.length === 1 && large.data === null);
});

test('a note that asks for a correction says of which version of which record, and leads nowhere else', () => {
  const corrects = { record: '0190a5c2-7d1e-4c3b-9a55-6f0e2b7c8d91', ver: 2, title: 'Knee' };
  const note = { v: 1, title: 'x', text: 'y' };
  const asking = read('note', { ...note, corrects });
  assert.ok(asking.kind === 'note');
  assert.deepEqual(asking.corrects, corrects);
  assert.ok(!('corrects' in read('letter', { ...note, corrects })), 'a letter asks nothing');
  const wrong = [
    { ...corrects, record: '../account' }, { ...corrects, record: `${corrects.record}/amend` }, { ...corrects, record: '' },
    { ...corrects, ver: 0 }, { ...corrects, ver: 1.5 }, { ...corrects, ver: '2' }, { record: corrects.record, ver: 2 }, 'a text', [],
  ];
  for (const one of wrong) assert.throws(() => read('note', { ...note, corrects: one }), ShapeError, JSON.stringify(one));
});

test('what has another shape is refused', () => {
  const wrong = [
    () => read('note', { v: 2, title: 'x', text: 'y' }),
    () => read('letter', { v: 1, text: 'y' }),
    () => read('lab', { v: 1, title: 'x', taken_at: 'today', results: [] }),
    () => read('document', file),
    () => read('document', { ...file, data: 'AA', chunks: [] }),
    () => read('document', { ...file, type: 'text/html', data: 'AA' }),
    () => read('document', { ...file, size: 50_000_001, data: 'AA' }),
    () => read('document', { ...file, size: -1, data: 'AA' }),
  ];
  for (const one of wrong) assert.throws(one, ShapeError);
  assert.throws(() => readContent('note', 'no JSON'), SyntaxError);
});

test('what a file is, its first bytes say', () => {
  const bytes = (...parts: (string | number)[]) => Uint8Array.from(parts.flatMap((one) => (typeof one === 'number' ? [one] : [...Buffer.from(one, 'latin1')])));
  const starts = [bytes('%PDF-1.7'), bytes(0xff, 0xd8, 0xff, 0xe1), bytes(0x89, 'PNG\r\n', 0x1a, '\n'), Uint8Array.from([...new Uint8Array(128), ...bytes('DICM')])];
  assert.deepEqual(starts.map(sniff), [...FILE_TYPES]);
  for (const other of ['<html>', 'GIF89a', 'MZ', '', ' %PDF-', 'DICM']) assert.equal(sniff(bytes(other)), null, other);
});
