/** Audit entries become sentences, and a filter becomes a question to the server. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { ACTIONS, ALL, deed, query, sentenceOf } from '../../src/audit.ts';
import { speak } from '../../src/i18n.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
speak('en', ['en.ftl', 'en-audit.ftl'].map((name) => readFileSync(join(ROOT, 'static', 'src', 'i18n', name), 'utf8')).join('\n'));

test('every action that a route writes down has a sentence', () => {
  const routes = readFileSync(join(ROOT, 'src', 'web', 'routes.rs'), 'utf8');
  const beside = readFileSync(join(ROOT, 'src', 'store', 'audit.rs'), 'utf8');
  const written = [routes.matchAll(/\.audit\("([^"]+)"\)/g), beside.matchAll(/^pub const \w+: &str = "([^"]+)";/gm)]
    .flatMap((all) => [...all]).map((found) => found[1] ?? '');
  assert.ok(written.length > 10);
  assert.deepEqual([...new Set(written)].filter((action) => !ACTIONS.includes(action)), []);
});

test('an action of a newer server is shown by its name', () => {
  assert.equal(deed('moon.land', 'other'), 'did something else (moon.land)');
});

test('what was done with mine is said as mine, with the visit’s day', () => {
  const day = new Date(2026, 4, 3, 12).getTime();
  const look = { seq: 7, at: day, who: 'Dr. Rao', by: 'person', role: 'doctor', department: 'Cardiology', action: 'visit.read', outcome: 200, visit_at: day, own: false };
  assert.equal(sentenceOf(look), 'Dr. Rao, Cardiology, read your visit of May 3.');
  assert.equal(sentenceOf({ ...look, department: null, visit_at: null }), 'Dr. Rao, Doctor, read your visit.');
  assert.equal(sentenceOf({ ...look, own: true, action: 'login' }), 'You signed in.');
  assert.equal(sentenceOf({ ...look, who: null, by: 'nobody', action: 'login', outcome: 401 }), 'Somebody tried to sign in to your account and failed.');
  assert.equal(sentenceOf({ ...look, who: null, by: 'system', role: null, department: null, action: 'visit.decline', visit_at: null }), 'The server declined your visit.');
  assert.equal(sentenceOf({ ...look, outcome: 403, visit_at: null }), 'Dr. Rao tried: read your visit. It was not let.');
});

test('a filter that says nothing asks for everything', () => {
  assert.equal(query(ALL, null), '');
  assert.equal(query(ALL, 7), '?after=7');
});

test('the last day of a filter counts to its end', () => {
  const asked = new URLSearchParams(query({ ...ALL, actor: 'a b', from: '2026-05-03', to: '2026-05-03' }, null));
  assert.equal(asked.get('actor'), 'a b');
  const [from, to] = [Number(asked.get('from')), Number(asked.get('to'))];
  assert.equal(from, new Date(2026, 4, 3).getTime());
  assert.equal(to, new Date(2026, 4, 4).getTime());
});
