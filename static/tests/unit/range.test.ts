/** Where a laboratory's figure lies. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ALL, filterOf } from '../../src/records/filter.ts';
import { sideOf } from '../../src/records/range.ts';

test('a figure is below, within or above what the laboratory calls usual', () => {
  for (const [value, range, side] of [
    ['9.8', '12–15.5', 'low'], ['12', '12-15.5', 'within'], ['15,6', '12 to 15,5', 'high'], ['210', '< 200', 'high'],
    ['200', '<= 200', 'within'], ['39', '> 40', 'low'], ['-2', '-3–-1', 'within'], ['5', '≥ 4', 'within'],
  ] as const) assert.equal(sideOf(value, range), side, `${value} in ${range}`);
});

test('what can’t be read is not judged', () => {
  for (const [value, range] of [['negative', 'negative'], ['5', null], ['5', 'see report'], ['<5', '1–3'], ['5', '1–2–3']] as const) assert.equal(sideOf(value, range), null);
});

test('what a form says becomes a filter, and the last day is shown to its end', () => {
  assert.deepEqual(filterOf(null, ALL, null), {});
  const found = filterOf('p', { kind: 'lab', department: 'Skin & hair', from: '2026-05-01', to: '2026-05-01' }, 'r');
  assert.deepEqual({ ...found, from: 0, to: 0 }, { patient: 'p', kind: 'lab', department: 'Skin & hair', from: 0, to: 0, after: 'r' });
  assert.equal((found.to ?? 0) - (found.from ?? 0), 86_400_000);
});
