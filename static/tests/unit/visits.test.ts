/** Home pages list what matters now first. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { OPENS_BEFORE_MS, opensAt } from '../../src/opening.ts';
import { order } from '../../src/order.ts';
import type { VisitView } from '../../src/wire.ts';

const DOCTOR = { name: 'D', department: null, qualification: null, registration: null, council: null, verified_on: null };

function visit(id: string, state: VisitView['state'], made_at: number): VisitView {
  return { id, state, patient: 'P', doctor: DOCTOR, made_by: 'doctor', made_at, ended_at: null, planned_at: null, here: 0 };
}

test('open visits come first, then requests, then the rest, each newest first', () => {
  const mixed = [visit('a', 'ended', 9), visit('b', 'requested', 3), visit('c', 'open', 1), visit('d', 'declined', 10), visit('e', 'open', 2)];
  assert.deepEqual(order(mixed).map((one) => one.id), ['e', 'c', 'b', 'd', 'a']);
});

test('a planned visit opens half an hour before its time, and one without a time at once', () => {
  const at = 10 * 3_600_000;
  const planned = { ...visit('a', 'open', 1), planned_at: at };
  assert.equal(opensAt(planned, at - OPENS_BEFORE_MS - 1), at - OPENS_BEFORE_MS);
  assert.equal(opensAt(planned, at - OPENS_BEFORE_MS), null);
  assert.equal(opensAt(visit('b', 'open', 1), 0), null);
  assert.equal(opensAt({ ...planned, state: 'ended' }, 0), null);
});
