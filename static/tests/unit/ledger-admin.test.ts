/** The administrator's page of the log: its one line, its figures and its drawings. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { successOf, verdictOf, WAITS_LONG_MS } from '../../src/ledger/healthy.ts';
import { highest, lowest, newest, pieces, roundUp } from '../../src/ledger/plotting.ts';
import type { Health } from '../../src/ledger/server.ts';
import { number, percent, span } from '../../src/pages/ledger/units.ts';

const NOW = 1_763_000_000_000;
const none = { p50: null, p99: null };

function health(more: Partial<Health> = {}, states: Health['validators'][number]['state'][] = ['voting', 'voting', 'voting', 'voting']): Health {
  return {
    running: true, stable: null, view: 0, primary: 0, queue: { waiting: 0, outbox: 0, oldest: null }, tps: { second: 0, minute: 0 },
    latency: { consensus: none, total: none }, committed: 0, refused: [], view_changes: 0, equivocations: 0,
    energy: { joules: null, per_entry: null, method: 'none', watts: null },
    validators: states.map((state, index) => ({ index, name: `v${index}`, state, seq: 0, seen_at: null })), ...more,
  };
}

test('one line says how the log does, the worst first', () => {
  assert.deepEqual(verdictOf(health(), 3, NOW), { kind: 'fine', all: 4 });
  assert.deepEqual(verdictOf(health({}, ['voting', 'silent', 'voting', 'voting']), 3, NOW), { kind: 'degraded', have: 3, all: 4 });
  assert.deepEqual(verdictOf(health({}, ['voting', 'silent', 'behind', 'voting']), 3, NOW), { kind: 'no_quorum', have: 2, need: 3 });
  assert.deepEqual(verdictOf(health({ equivocations: 2 }), 3, NOW), { kind: 'lied', count: 2 });
  const waits = (since: number): Partial<Health> => ({ queue: { waiting: 1, outbox: 0, oldest: since } });
  assert.equal(verdictOf(health(waits(NOW - WAITS_LONG_MS)), 3, NOW).kind, 'fine');
  assert.equal(verdictOf(health(waits(NOW - WAITS_LONG_MS - 1)), 3, NOW).kind, 'slow');
  assert.equal(verdictOf(health({ running: false }, []), 3, NOW).kind, 'stopped');
});

test('how many stood is a share of all that came to an end', () => {
  assert.equal(successOf(health()), null);
  assert.equal(successOf(health({ committed: 9, refused: [{ cause: 'consent_over', count: 1 }] })), 0.9);
});

test('a line breaks where nothing is known, and ends at the edges of its drawing', () => {
  assert.deepEqual(pieces([0, 5, null, 10], 10, 300, 100), [[{ x: 0, y: 100 }, { x: 100, y: 50 }], [{ x: 300, y: 0 }]]);
  assert.deepEqual(pieces([null, null], 10, 300, 100), []);
  assert.deepEqual(pieces([7], 10, 300, 100).flat().length, 1);
  assert.deepEqual([newest([1, 2, null]), highest([1, 7, null, 3]), lowest([4, 1, null]), newest([null]), highest([]), lowest([])], [2, 7, 1, null, null, null]);
});

test('a scale ends at a round number that nothing goes beyond', () => {
  assert.deepEqual([0, -3, 0.3, 1, 1.1, 3, 7, 11, 4_200].map(roundUp), [1, 1, 0.5, 1, 2, 5, 10, 20, 5_000]);
});

test('numbers have their units, and what is not all is never 100 %', () => {
  assert.deepEqual([span('en', 4.2), span('en', 340), span('en', 6_100), span('en', 7_200_000)], ['4.2 ms', '340 ms', '6.1 sec', '2 hr']);
  assert.deepEqual([percent('en', 1), percent('en', 0.9999), number('en', 4_123.4)], ['100%', '99.9%', '4,120']);
});
