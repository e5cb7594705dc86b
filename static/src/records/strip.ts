/** Pictures without what they tell besides the picture: where and when they were taken, with which phone, and what hides behind their end. */
import { BadBytes, type Bytes, concat, fromUtf8 } from '../seal/bytes.ts';

/** A picture without its extras, and how it must be turned to stand upright (1–8 as in EXIF; 1: it does). */
export interface Stripped {
  bytes: Bytes;
  orientation: number;
}

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const COM = 0xfe;
const APP0 = 0xe0;
const APP15 = 0xef;
const APP1 = 0xe1;
const APP2 = 0xe2;
const APP14 = 0xee;
const ORIENTATION = 0x0112;

/** Markers that have no length behind them. */
function alone(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= SOI);
}

function starts(bytes: Uint8Array, text: string): boolean {
  return [...text].every((char, i) => bytes[i] === char.charCodeAt(0));
}

/** Whether a JPEG's segment belongs to the picture: its colours do, everything else that programs put there does not. */
function belongs(marker: number, body: Uint8Array): boolean {
  if (marker === COM) return false;
  if (marker < APP0 || marker > APP15) return true;
  if (marker === APP0) return starts(body, 'JFIF\0');
  if (marker === APP2) return starts(body, 'ICC_PROFILE\0');
  return marker === APP14 && starts(body, 'Adobe');
}

/** Where the coded picture that begins at `from` ends: at the next marker that is no restart and no stuffed byte. */
function endOfScan(bytes: Uint8Array, from: number): number {
  for (let at = from; at + 1 < bytes.length; at += 1) {
    if (bytes[at] !== 0xff) continue;
    const next = bytes[at + 1] ?? 0;
    if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
  }
  return bytes.length;
}

/** The orientation that EXIF tells (TIFF 6.0, tag 0x0112), 1 when it tells none. */
function orientationOf(body: Uint8Array): number {
  if (!starts(body, 'Exif\0\0')) return 1;
  const tiff = new DataView(body.buffer, body.byteOffset + 6, body.byteLength - 6);
  try {
    const little = tiff.getUint16(0) === 0x4949;
    const directory = tiff.getUint32(4, little);
    const entries = tiff.getUint16(directory, little);
    for (let i = 0; i < entries; i += 1) {
      const entry = directory + 2 + 12 * i;
      if (tiff.getUint16(entry, little) !== ORIENTATION) continue;
      const value = tiff.getUint16(entry + 8, little);
      return value >= 1 && value <= 8 ? value : 1;
    }
  } catch {
    // Cut short: it says nothing then.
  }
  return 1;
}

/** A JPEG without EXIF, XMP, IPTC, comments, previews and whatever follows its end. Throws {@link BadBytes} for one that is broken. */
export function stripJpeg(bytes: Bytes): Stripped {
  const kept: Uint8Array[] = [bytes.subarray(0, 2)];
  let orientation = 1;
  let at = 2;
  while (at + 1 < bytes.length) {
    if (bytes[at] !== 0xff) throw new BadBytes('not a JPEG');
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) at += 1;
    else if (marker === EOI) return { bytes: concat(...kept, bytes.subarray(at, at + 2)), orientation };
    else if (alone(marker)) at += 2;
    else {
      const length = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
      if (length < 2 || at + 2 + length > bytes.length) throw new BadBytes('a JPEG that ends too early');
      const body = bytes.subarray(at + 4, at + 2 + length);
      if (marker === APP1) orientation = Math.max(orientation, orientationOf(body));
      const end = marker === SOS ? endOfScan(bytes, at + 2 + length) : at + 2 + length;
      if (belongs(marker, body)) kept.push(bytes.subarray(at, end));
      at = end;
    }
  }
  throw new BadBytes('a JPEG that ends too early');
}

/** What a PNG's picture and its colours are made of; everything else goes (PNG, third edition, §11). */
const PNG_KEPT = new Set(['IHDR', 'PLTE', 'IDAT', 'IEND', 'tRNS', 'gAMA', 'cHRM', 'sRGB', 'iCCP', 'sBIT', 'bKGD', 'pHYs', 'cICP']);
const PNG_MARK = 8;

/** A PNG without texts, times, EXIF, animation and whatever follows its end. Throws {@link BadBytes} for one that is broken. */
export function stripPng(bytes: Bytes): Stripped {
  const kept: Uint8Array[] = [bytes.subarray(0, PNG_MARK)];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = PNG_MARK;
  while (at + 12 <= bytes.length) {
    const end = at + 12 + view.getUint32(at);
    if (end > bytes.length) break;
    const name = fromUtf8(bytes.subarray(at + 4, at + 8));
    if (PNG_KEPT.has(name)) kept.push(bytes.subarray(at, end));
    if (name === 'IEND') return { bytes: concat(...kept), orientation: 1 };
    at = end;
  }
  throw new BadBytes('a PNG that ends too early');
}
