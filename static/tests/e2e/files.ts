/** Files as people have them: photos that tell where they were taken, papers, scans. All made here, small or large on demand. */
import { createHash } from 'node:crypto';

import type { ChromiumTab } from './chromium.ts';

export interface Sent {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

/** Words that only the extras of a file hold. */
export const SECRET = 'GPS 30.7333N 76.7794E by SecretPhone 9';

/** A PDF of one page with its name on it, as large as wanted: the rest is a stream that nothing shows, different at every place. */
export function pdf(name: string, bytes = 1_000, mark = ''): Sent {
  const text = `BT /F1 18 Tf 20 150 Td (${name}) Tj ET`;
  const objects = [
    Buffer.from('<</Type/Catalog/Pages 2 0 R>>'),
    Buffer.from('<</Type/Pages/Kids[3 0 R]/Count 1>>'),
    Buffer.from('<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>'),
    Buffer.from(`<</Length ${text.length}>>stream\n${text}\nendstream`),
    Buffer.from('<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>'),
    Buffer.concat([Buffer.from(`<</Length ${bytes + mark.length}>>stream\n${mark}`), noise(name, bytes), Buffer.from('\nendstream')]),
  ];
  const parts = [Buffer.from('%PDF-1.4\n')];
  const places: number[] = [];
  for (const [index, object] of objects.entries()) {
    places.push(parts.reduce((sum, part) => sum + part.length, 0));
    parts.push(Buffer.from(`${index + 1} 0 obj`), object, Buffer.from('endobj\n'));
  }
  const at = parts.reduce((sum, part) => sum + part.length, 0);
  const rows = places.map((place) => `${String(place).padStart(10, '0')} 00000 n \n`).join('');
  parts.push(Buffer.from(`xref\n0 7\n0000000000 65535 f \n${rows}trailer<</Size 7/Root 1 0 R>>\nstartxref\n${at}\n%%EOF\n`));
  return { name, mimeType: 'application/pdf', buffer: Buffer.concat(parts) };
}

/** A file of a scanner, as far as its first bytes say. */
export function dicom(name: string, bytes = 5_000): Sent {
  return { name, mimeType: '', buffer: Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), noise(name, bytes)]) };
}

/** Bytes that don't repeat, the same each time. */
export function noise(seed: string, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let n = 0; n * 64 < length; n += 1) blocks.push(createHash('sha512').update(`${seed}/${n}`).digest());
  return Buffer.concat(blocks).subarray(0, length);
}

/** What a canvas of a browser gives: a picture with a red half and a blue one, so that it is seen how it stands. */
async function drawn(tab: ChromiumTab, type: string, width: number, height: number): Promise<Buffer> {
  const url = await tab.run(({ type, width, height }) => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [width, height];
    const pen = canvas.getContext('2d');
    if (pen === null) throw new Error('no canvas');
    pen.fillStyle = '#c00';
    pen.fillRect(0, 0, width / 2, height);
    pen.fillStyle = '#00c';
    pen.fillRect(width / 2, 0, width / 2, height);
    return canvas.toDataURL(type, 0.9);
  }, { type, width, height });
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
}

/** A photo with EXIF: how it is turned (1: upright, 6: the phone was held upright), the place and the phone; and a second one hidden behind its end. */
export async function photo(tab: ChromiumTab, name: string, orientation: 1 | 6 = 1, width = 640, height = 480): Promise<Sent> {
  const plain = await drawn(tab, 'image/jpeg', width, height);
  const tiff = Buffer.alloc(26);
  tiff.write('II');
  tiff.writeUInt16LE(42, 2);
  tiff.writeUInt32LE(8, 4);
  tiff.writeUInt16LE(1, 8);
  tiff.writeUInt16LE(0x0112, 10);
  tiff.writeUInt16LE(3, 12);
  tiff.writeUInt32LE(1, 14);
  tiff.writeUInt16LE(orientation, 18);
  const body = Buffer.concat([Buffer.from('Exif\0\0'), tiff, Buffer.from(SECRET)]);
  const length = Buffer.alloc(4);
  length.writeUInt16BE(0xffe1, 0);
  length.writeUInt16BE(body.length + 2, 2);
  return { name, mimeType: 'image/jpeg', buffer: Buffer.concat([plain.subarray(0, 2), length, body, plain.subarray(2), Buffer.from(SECRET)]) };
}

/** A PNG with a text that names place and phone. */
export async function png(tab: ChromiumTab, name: string): Promise<Sent> {
  const plain = await drawn(tab, 'image/png', 320, 200);
  const text = Buffer.from(`Comment\0${SECRET}`);
  const chunk = Buffer.concat([Buffer.alloc(4), Buffer.from('tEXt'), text, Buffer.alloc(4)]);
  chunk.writeUInt32BE(text.length, 0);
  const head = 8 + 25; // mark and IHDR
  return { name, mimeType: 'image/png', buffer: Buffer.concat([plain.subarray(0, head), chunk, plain.subarray(head)]) };
}

/** What bytes show when a browser draws them: their size, and whether the left is red and the right blue. */
export async function seenAs(tab: ChromiumTab, bytes: Buffer, type: string): Promise<{ width: number; height: number; first: string; last: string }> {
  return tab.run(async ({ text, type }) => {
    const picture = await createImageBitmap(new Blob([Uint8Array.from(atob(text), (char) => char.charCodeAt(0))], { type }));
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    const pen = canvas.getContext('2d');
    if (pen === null) throw new Error('no canvas');
    pen.drawImage(picture, 0, 0);
    const colour = (x: number, y: number) => {
      const [red = 0, , blue = 0] = pen.getImageData(x, y, 1, 1).data;
      return red > blue ? 'red' : 'blue';
    };
    return { width: picture.width, height: picture.height, first: colour(2, 2), last: colour(picture.width - 3, picture.height - 3) };
  }, { text: bytes.toString('base64'), type });
}
