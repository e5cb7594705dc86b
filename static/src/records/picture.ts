/** Pictures as they are sent: upright, without what they tell besides the picture, and smaller on request. */
import type { Bytes } from '../seal/bytes.ts';
import type { FileType } from './content.ts';
import { type Stripped, stripJpeg, stripPng } from './strip.ts';

/** The longer side of a picture that was asked to be smaller, in pixels. Lower blurs a page of small print, higher saves little. */
export const SMALLER = 2_048;
/** The longer side of a picture that must be turned on a device that draws none of its size, in pixels: phones draw 16 megapixels. */
const DRAWABLE = 4_096;
/** Quality of a picture that is drawn anew: 0 to 1. Lower shows blocks in skin, higher costs bytes. */
const QUALITY = 0.9;

/** Draws a picture anew, turned as its orientation says. What a canvas gives has nothing but the picture. */
async function drawn(original: Bytes, type: FileType, longest: number): Promise<Bytes> {
  const picture = await createImageBitmap(new Blob([original], { type }), { imageOrientation: 'from-image' });
  try {
    const scale = Math.min(1, longest / Math.max(picture.width, picture.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, type, QUALITY));
    if (blob === null || blob.type !== type) throw new Error('the picture could not be drawn');
    return new Uint8Array(await blob.arrayBuffer());
  } finally {
    picture.close();
  }
}

function stripped(type: FileType, bytes: Bytes): Stripped {
  return type === 'image/png' ? stripPng(bytes) : stripJpeg(bytes);
}

/** The picture as it is sent. Stripped as it is when it stands upright, drawn anew when it must be turned or be smaller. Throws for one that is broken. */
export async function prepared(type: FileType, bytes: Bytes, smaller: boolean): Promise<Bytes> {
  const { bytes: bare, orientation } = stripped(type, bytes);
  if (!smaller && orientation === 1) return bare;
  const turned = smaller ? drawn(bytes, type, SMALLER) : drawn(bytes, type, Number.POSITIVE_INFINITY).catch(() => drawn(bytes, type, DRAWABLE));
  const anew = stripped(type, await turned).bytes;
  // Drawing a small picture again can make it larger: then it stays what it was.
  return orientation === 1 && anew.length >= bare.length ? bare : anew;
}
