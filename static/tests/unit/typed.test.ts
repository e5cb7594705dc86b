/** What people type is understood the way they meant it, and nothing is guessed where it could be wrong. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { codeOf, contactOf, isMinor, linkCodeOf, recoveryOf, yearOf } from '../../src/door/typed.ts';

const CONTACTS: [string, string | null][] = [
  ['98765 43210', '+919876543210'],
  ['098765-43210', '+919876543210'],
  ['+91 98765 43210', '+919876543210'],
  ['0091 98765 43210', '+919876543210'],
  ['(+44) 20 7946 0018', '+442079460018'],
  ['९८७६५ ४३२१०', '+919876543210'],
  ['੯੮੭੬੫ ੪੩੨੧੦', '+919876543210'],
  ['  meera@example.org ', 'meera@example.org'],
  ['meera@example', null],
  ['meera@', null],
  ['12345', null],
  ['1234567890', null],
  ['+0 98765 43210', null],
  ['Meera', null],
  ['', null],
];
for (const [typed, contact] of CONTACTS) {
  test(`“${typed}” is ${contact ?? 'neither a phone number nor an address'}`, () => assert.equal(contactOf(typed), contact));
}

test('a code is its six digits, however it was pasted', () => {
  for (const typed of ['123456', '123 456', 'Your code: 123456.', '१२३४५६', '੧੨੩੪੫੬']) assert.equal(codeOf(typed), '123456');
  for (const typed of ['', '12345', '1234567', 'abcdef']) assert.equal(codeOf(typed), null);
});

test('a recovery code is read with and without its dashes and capitals', () => {
  for (const typed of ['k7wd-93hq-mm2x', 'K7WD 93HQ MM2X', 'k7wd93hqmm2x', 'k7wd–93hq–mm2x']) assert.equal(recoveryOf(typed), 'k7wd-93hq-mm2x');
  for (const typed of ['', '123456', 'k7wd-93hq', 'k7wd-93hq-mm2x-aaaa', 'k7wd-93hq-mm2!']) assert.equal(recoveryOf(typed), null);
});

test('a year of birth is four digits of somebody who can be alive', () => {
  assert.equal(yearOf(' 1984 ', 2026), 1984);
  assert.equal(yearOf('१९८४', 2026), 1984);
  assert.equal(yearOf('2026', 2026), 2026);
  for (const typed of ['84', '2027', '1880', '19845', 'x', '']) assert.equal(yearOf(typed, 2026), null);
});

test('whoever turns 18 this year is of age', () => {
  assert.equal(isMinor(2009, 2026), true);
  assert.equal(isMinor(2008, 2026), false);
});

test('of a link that was pasted whole, the code is taken', () => {
  for (const typed of ['https://clinic.example/g/AB12cd34', 'clinic.example/g/AB12cd34/', 'https://clinic.example/g/AB12cd34?x=1#y', ' AB12cd34 ']) {
    assert.equal(linkCodeOf(typed), 'AB12cd34');
  }
});
