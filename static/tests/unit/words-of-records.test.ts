/** What records are called, and who opens them, for whoever reads. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { speak, speakMore } from '../../src/i18n.ts';
import type { RecordView } from '../../src/records/server.ts';
import { nameOf, sizeOf, type Viewer, whoOpens } from '../../src/records/words.ts';
import { DETAIL } from './records-house.ts';

const texts = (name: string) => readFileSync(join(import.meta.dirname, '..', '..', 'src', 'i18n', name), 'utf8');
speak('en', texts('en.ftl'));
speakMore(texts('en-records.ftl'));

const view: RecordView = {
  id: 'r', kind: 'note', patient_id: 'asha', patient: 'Asha Devi', department: null, visit: null, doctor: null, author: 'Dr. Rao', own: false, corrects: null, asked: false,
  ver: 1, at: 1, cid: 'b', size: 1, blocks: 0, custody: true, restricted: false,
};
const asha: Viewer = { id: 'asha', name: 'Asha Devi', doctor: false };
const mother: Viewer = { id: 'mother', name: 'Sita Devi', doctor: false };
const doctor: Viewer = { id: 'rao', name: 'Dr. Rao', doctor: true };

test('a record is called after what it is and whom it is from, as each reader sees it', () => {
  assert.equal(nameOf(view, asha), 'Note from Dr. Rao');
  const visit = { ...view, kind: 'transcript' as const, doctor: DETAIL.doctor };
  assert.equal(nameOf(visit, asha), 'Visit with Dr. Rao');
  assert.equal(nameOf(visit, doctor), 'Visit with Asha Devi');
  const own = { ...view, kind: 'document' as const, own: true, author: 'Asha Devi' };
  assert.equal(nameOf(own, asha), 'Document you added');
  for (const other of [doctor, mother]) assert.equal(nameOf(own, other), 'Document from Asha Devi');
});

test('it is said who else can open it', () => {
  assert.equal(whoOpens({ ...view, own: true, author: 'Asha Devi', custody: false }, 'Asha Devi'), 'Only you can open this.');
  assert.equal(whoOpens({ ...view, own: true, author: 'Asha Devi', custody: true }, 'Asha Devi'), 'You can open this.');
  assert.equal(whoOpens(view, 'Asha Devi'), 'You and Dr. Rao can open this.');
  assert.equal(whoOpens({ ...view, doctor: DETAIL.doctor, author: 'Dr. Gill' }, 'Asha Devi'), 'You, Dr. Rao, and Dr. Gill can open this.');
});

test('sizes are said in the unit that fits', () => {
  assert.deepEqual([0, 1, 3_400, 900_000, 1_240_000, 12_000_000].map(sizeOf), ['0 kB', '1 kB', '3 kB', '900 kB', '1.2 MB', '12 MB']);
});
