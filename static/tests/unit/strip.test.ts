/** Pictures tell nothing but the picture. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { stripJpeg, stripPng } from '../../src/records/strip.ts';
import { BadBytes, type Bytes, concat, utf8 } from '../../src/seal/bytes.ts';

const bytes = (...values: number[]): Bytes => Uint8Array.from(values);
const segment = (marker: number, body: Uint8Array): Bytes => concat(bytes(0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255), body);
const has = (whole: Uint8Array, text: string): boolean => Buffer.from(whole).includes(text);

/** EXIF that says how the picture is turned, and where it was taken. */
function exif(orientation: number, little = true): Bytes {
  const u16 = (value: number) => (little ? bytes(value & 255, value >> 8) : bytes(value >> 8, value & 255));
  const u32 = (value: number) => (little ? concat(u16(value), u16(0)) : concat(u16(0), u16(value)));
  const entry = concat(u16(0x0112), u16(3), u32(1), u16(orientation), u16(0));
  return concat(utf8('Exif\0\0'), utf8(little ? 'II' : 'MM'), u16(42), u32(8), u16(1), entry, u32(0), utf8('GPS 30.73N 76.77E'));
}

const JFIF = segment(0xe0, concat(utf8('JFIF\0'), bytes(1, 1, 0, 0, 1, 0, 1, 0, 0)));
const TABLE = segment(0xdb, bytes(0, ...Array<number>(64).fill(1)));
const SCAN = concat(segment(0xda, bytes(1, 1, 0, 0, 63, 0)), bytes(0x12, 0xff, 0x00, 0x34, 0xff, 0xd0, 0x56));
const jpeg = (...extras: Uint8Array[]): Bytes => concat(bytes(0xff, 0xd8), JFIF, ...extras, TABLE, SCAN, bytes(0xff, 0xd9));

test('a JPEG loses EXIF, XMP, IPTC, comments, previews and what hides behind its end, and no byte of its picture', () => {
  const extras = [
    segment(0xe1, exif(1)),
    segment(0xe1, utf8('http://ns.adobe.com/xap/1.0/\0<x>GPS</x>')),
    segment(0xed, utf8('Photoshop 3.0\0GPS')),
    segment(0xe2, utf8('MPF\0GPS')),
    segment(0xfe, utf8('GPS as a comment')),
  ];
  const icc = segment(0xe2, utf8('ICC_PROFILE\0colours'));
  const { bytes: left, orientation } = stripJpeg(concat(jpeg(...extras, icc), utf8('GPS in a film behind the end')));
  assert.deepEqual(left, jpeg(icc));
  assert.equal(orientation, 1);
});

test('how a JPEG must be turned is read, whichever way round its numbers stand', () => {
  for (const little of [true, false]) {
    for (const turned of [1, 3, 6, 8]) {
      const { bytes: left, orientation } = stripJpeg(jpeg(segment(0xe1, exif(turned, little))));
      assert.equal(orientation, turned);
      assert.ok(!has(left, 'Exif') && !has(left, 'GPS'));
    }
  }
  assert.equal(stripJpeg(jpeg(segment(0xe1, exif(99)))).orientation, 1, 'nonsense');
  assert.equal(stripJpeg(jpeg(segment(0xe1, exif(6).subarray(0, 20)))).orientation, 1, 'cut short');
});

test('a broken JPEG is refused', () => {
  const whole = jpeg();
  for (const length of [2, 3, 10, whole.length - 1]) assert.throws(() => stripJpeg(whole.slice(0, length)), BadBytes, String(length));
  assert.throws(() => stripJpeg(bytes(0xff, 0xd8, 0x00, 0x00)), BadBytes);
});

const chunk = (name: string, body: Uint8Array): Bytes => concat(bytes(0, 0, 0, body.length), utf8(name), body, bytes(0, 0, 0, 0));
const PNG = bytes(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

test('a PNG keeps picture and colours, and nothing that tells of it', () => {
  const [head, colours, data, end] = [chunk('IHDR', bytes(1)), chunk('gAMA', bytes(2)), chunk('IDAT', bytes(3)), chunk('IEND', bytes())];
  const extras = ['tEXt', 'zTXt', 'iTXt', 'tIME', 'eXIf', 'acTL', 'vpAg'].map((name) => chunk(name, utf8('GPS')));
  const { bytes: left } = stripPng(concat(PNG, head, ...extras, colours, data, end, utf8('GPS')));
  assert.deepEqual(left, concat(PNG, head, colours, data, end));
  assert.throws(() => stripPng(concat(PNG, head, data)), BadBytes);
});
