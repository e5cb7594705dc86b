/** Home pages list what matters now first. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

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
