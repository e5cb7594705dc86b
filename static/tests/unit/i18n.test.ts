/** Every text has its place in the language file, and no page has a text of its own. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { ACTIONS, word } from '../../src/audit.ts';
import { choose, speak, t } from '../../src/i18n.ts';
import { WORDS } from '../../src/ledger/entry.ts';
import { WHYS } from '../../src/ledger/unproven.ts';
import { SEXES } from '../../src/door/server.ts';
import { SCOPES } from '../../src/tokens.ts';
import { ROLES } from '../../src/wire.ts';

const src = join(import.meta.dirname, '..', '..', 'src');
/** The texts of every page, and those of pages that are fetched later, with the pages that fetch them. */
const FILES = readdirSync(join(src, 'i18n')).filter((name) => name.endsWith('.ftl'));
const english = FILES.map((name) => readFileSync(join(src, 'i18n', name), 'utf8')).join('\n');
const PARTS_OF: Record<string, RegExp> = {
  'en-records.ftl': /^pages\/(records|record|patients|patient-record)(\/|\.)|^records\//,
  'en-audit.ftl': /^audit\.ts$|^pages\/(audit|auditor|looked|admin)(\/|\.)/,
  'en-consent.ftl': /^pages\/(consents|reviews)(\/|\.)|^consents(\/|\.)/,
  'en-ledger.ftl': /^pages\/ledger\/|^ledger\//,
  'en-family.ftl': /^pages\/(guardians|children|family)(\/|\.)/,
  'en-rights.ftl': /^pages\/(rights|custody)(\/|\.)|^rights\//,
};
const keys = new Set([...english.matchAll(/^([a-z][a-z0-9-]*) =/gm)].map((found) => found[1] ?? ''));

const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => ({ name, text: readFileSync(join(src, name), 'utf8') }));

/** Parts of keys that are put in at run time, and what they can be. */
const PARTS: Record<string, string[]> = {
  "why.why.replaceAll('_', '-')": WHYS.map((one) => one.replaceAll('_', '-')),
  "trust.kind.replace('_', '-')": ['one-process', 'processes', 'sites'],
  "kind.replace('_', '-')": ['fine', 'degraded', 'slow', 'lied', 'no-quorum', 'stopped'],
  'validator.state': ['voting', 'behind', 'waiting', 'silent'],
  'of.kind': ['record', 'consent', 'registration', 'access'],
  'thing.word': WORDS.filter((one) => one !== 'record'),
  'record.kind': ['note', 'document', 'image', 'lab', 'letter'],
  seen: ['transcript', 'note', 'document', 'image', 'lab', 'letter'],
  because: ['new-problem', 'follow-up', 'before-procedure', 'medicines', 'second-opinion', 'claim', 'study', 'other'],
  danger: ['unconscious', 'danger-to-life', 'cannot-speak', 'no-guardian'],
  "how.replace('_', '-')": ['tap', 'code', 'witness', 'break-glass'],
  stage: ['live', 'retiring', 'retired'],
  aim: ['treatment', 'second-opinion', 'insurance', 'research'],
  state: ['asked', 'granted', 'refused', 'revoked', 'expired', 'lapsed'],
  each: ['transcript', 'note', 'document', 'image', 'lab', 'letter'],
  written: ['note', 'lab', 'letter'],
  what: ['note', 'lab', 'letter', 'file'],
  part: ['name', 'value', 'unit', 'range', 'code'],
  side: ['low', 'high'],
  relation: ['mother', 'father', 'grandparent', 'relative', 'guardian'],
  paper: ['birth-certificate', 'identity', 'court-order', 'other'],
  'shortType(file.type)': ['pdf', 'jpeg', 'png', 'dicom'],
  'shortType(form.type)': ['pdf', 'jpeg', 'png', 'dicom'],
  "refused.replace('_', '-')": ['no-key', 'bad-key', 'no-reader', 'amended', 'too-large'],
  'error.why': ['type', 'empty', 'large', 'broken', 'other'],
  "opened.kind.replace('_', '-')": ['locked', 'no-key', 'damaged', 'not-found'],
  'state.why': ['password', 'reset', 'unmade'],
  'one.status': ['live', 'pending', 'revoked'],
  'line.role': ['patient', 'doctor', 'guest'],
  "found.replace('_', '-')": ['gone', 'not-mine', 'differs'],
  "why.replace('_', '-')": ['locked', 'no-key', 'damaged', 'not-found'],
  'invite.role': [...ROLES],
  'who.role': [...ROLES],
  'one.role': [...ROLES],
  word: [...SEXES],
  sex: [...SEXES],
  'answers.sex': [...SEXES],
  one: [...ROLES],
  'person.role': ['patient', 'doctor', 'guest'],
  role: [...ROLES],
  'invite.state': ['open', 'used', 'revoked', 'expired'],
  'one.state': ['submitted', 'checked', 'matched', 'active', 'expiring', 'expired', 'suspended', 'refused'],
  'event.to': ['submitted', 'checked', 'matched', 'active', 'expiring', 'expired', 'suspended', 'refused'],
  standing: ['live', 'expired', 'revoked'],
  given: ['store', 'record', 'research'],
  use: ['unused', 'used', 'expired', 'revoked'],
  "one.replace(':', '-')": SCOPES.map((one) => one.replace(':', '-')),
  'one.kind': ['clinic', 'hospital'],
  sort: ['clinic', 'hospital'],
  step: ['check', 'match', 'activate', 'refuse', 'suspend', 'reinstate'],
  why: ['type', 'empty', 'large', 'count'],
  "group.replace('_', '-')": ['anyone', 'session', 'signed-in', 'person'],
  'word(action)': ACTIONS.map(word),
  'visit.state': ['requested', 'open', 'ended', 'declined'],
  'SENTENCES[alarm.kind]': ['unreadable', 'bad-member', 'too-many', 'roster', 'replayed', 'not-me', 'unknown-member', 'forged', 'missing', 'words', 'phrase', 'clock', 'failed'],
  "mark.replace('_', '-')": ['alone', 'no-doctor', 'securing', 'sealed', 'verified', 'warning'],
  lack: ['insecure', 'browser'],
  kind: ['camera', 'microphone'],
  reason: ['doctor', 'idle'],
  problem: ['none', 'denied', 'busy', 'insecure', 'stopped', 'unknown'],
  'microphone.problem': ['none', 'denied', 'busy', 'insecure', 'stopped', 'unknown'],
  'camera.problem': ['none', 'denied', 'busy', 'insecure', 'stopped', 'unknown'],
  'family(navigator.userAgent)': ['chrome', 'firefox', 'safari', 'ios', 'android', 'other'],
  "local.source(kind).value.on ? 'on' : 'off'": ['on', 'off'],
  "code.replaceAll('_', '-')": ['wrong-login', 'locked', 'no-session', 'login-taken', 'bad-state', 'bad-link', 'link-used', 'bad-code', 'cross-site', 'not-active', 'two-people', 'too-early', 'wrong-code', 'code-spent', 'step-up', 'no-sms', 'factor-needed'],
};

function expand(template: string): string[] {
  const open = template.indexOf('${');
  if (open < 0) return [template];
  const close = template.indexOf('}', open);
  const part = PARTS[template.slice(open + 2, close)];
  assert.ok(part, `a part of a key that this test doesn't know: ${template}`);
  return part.flatMap((word) => expand(template.slice(0, open) + word + template.slice(close + 1)));
}

function used(text: string): string[] {
  const plain = [...text.matchAll(/\bt\('([^']+)'/g)].map((found) => found[1] ?? '');
  const chosen = [...text.matchAll(/\bt\([^()`]*?\? '([^']+)' : '([^']+)'/g)].flatMap((found) => [found[1] ?? '', found[2] ?? '']);
  const built = [...text.matchAll(/\bt\(`([^`]+)`/g)].flatMap((found) => expand(found[1] ?? ''));
  const given = [...text.matchAll(/\bt\(([^'`)][^),]*)[),]/g)].map((found) => found[1] ?? '');
  assert.deepEqual(given.filter((one) => !one.includes('?') && one !== 'kind' && !one.startsWith('key')), [], 'a key that is not written out');
  return [...plain, ...chosen, ...built, ...(given.includes('kind') ? ['camera', 'microphone'] : [])];
}

const wanted = new Set(sources.flatMap(({ text }) => used(text)));

test('every key that a page uses is there', () => {
  assert.deepEqual([...wanted].filter((key) => !keys.has(key)), []);
});

test('every key that is there is used', () => {
  assert.deepEqual([...keys].filter((key) => !wanted.has(key)), []);
});

test('the file has no errors, and no key twice', () => {
  speak('en', english);
  const all = [...english.matchAll(/^([a-z][a-z0-9-]*) =/gm)].map((found) => found[1]);
  assert.equal(all.length, keys.size);
});

test('every text can be said with its values', () => {
  speak('en', english);
  const values = { span: '1 hour', places: 'P', doctor: 'D', patient: 'P', word: 'w', state: 'S', names: 'N', sent: '1 MB', name: 'N', page: 'P', label: 'L', count: 2, time: '10:00', login: 'l', role: 'r', minutes: 2, until: 'U', status: 500, transport: 'UDP', rtt: 1, uplink: 1, concealed: 0, done: 1, all: 2, why: 'W', day: 'D', from: '1', to: '2', size: 5, kind: 'K', zone: 'Z', number: 'N', council: 'C', year: '1984', line: 1, phone: 'P', title: 'T', version: 'V', who: 'W', did: 'D', action: 'A', whose: 'mine', of: '', days: 1, hours: 2, seconds: 3, base: '/', contact: 'C', what: 'W', device: 'D', address: '10.0.0.1', clinic: 'C', have: 3, need: 3, faulty: 1, watts: 10, value: '1', most: '2', least: '1', said: 'S' };
  for (const key of keys) {
    const said = t(key, values);
    assert.notEqual(said, key);
    assert.doesNotMatch(said, /\{/, key);
  }
});

test('texts that come with some pages are used by those alone', () => {
  const found = Object.entries(PARTS_OF).flatMap(([file, pages]) => {
    const own = new Set([...readFileSync(join(src, 'i18n', file), 'utf8').matchAll(/^([a-z][a-z0-9-]*) =/gm)].map((one) => one[1] ?? ''));
    const others = sources.filter(({ name }) => !pages.test(name)).flatMap(({ name, text }) => used(text).map((key) => ({ name, key })));
    return others.filter(({ key }) => own.has(key)).map(({ name, key }) => `${name}: ${key}`);
  });
  assert.deepEqual(found, []);
  assert.deepEqual(FILES.filter((file) => file !== 'en.ftl' && !(file in PARTS_OF)), []);
});

test('one and many are told apart', () => {
  speak('en', english);
  assert.equal(t('people-here', { count: 0 }), 'Nobody is here yet');
  assert.equal(t('people-here', { count: 1 }), '1 person is here');
  assert.equal(t('people-here', { count: 3 }), '3 people are here');
});

test('no page has a text of its own', () => {
  const found = sources.filter(({ name }) => name.endsWith('.tsx')).flatMap(({ name, text }) => {
    const between = [...text.matchAll(/<\/?[A-Za-z][^<>]*>\s*([A-Za-z][^<>{}]*?)\s*<\//g)].map((one) => one[1]);
    const attributes = [...text.matchAll(/\b(?:aria-label|title|placeholder|label|alt|hint|aria-description)="([^"]+)"/g)].map((one) => one[1]);
    return [...between, ...attributes].map((words) => `${name}: ${words ?? ''}`);
  });
  assert.deepEqual(found, []);
});

test('the language is the one chosen before, else the browser’s, else the first', () => {
  const [en, hi] = ['en', 'hi'].map((tag) => ({ tag, name: tag, load: () => Promise.resolve('') }));
  assert.ok(en && hi);
  assert.equal(choose([en, hi], 'hi', ['en-GB']), hi);
  assert.equal(choose([en, hi], null, ['pa', 'hi-IN']), hi);
  assert.equal(choose([en, hi], 'xx', ['fr']), en);
});

test('no file of the app writes HTML or styles as text', () => {
  const found = sources.filter(({ text }) => /innerHTML|dangerouslySetInnerHTML|insertAdjacentHTML|document\.write|\bstyle="/.test(text));
  assert.deepEqual(found.map(({ name }) => name), []);
});
