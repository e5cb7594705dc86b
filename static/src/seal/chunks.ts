/** Chunks: a file too large for one block, cut into blocks that can't be dropped, swapped or reused unseen. */
import { BadBytes, type Bytes, Writer } from './bytes.ts';
import { MAX_OBJECT } from './jwe.ts';
import { padme } from './padme.ts';
import { hkdf, Unopened } from './primitives.ts';

const TAG = 16;
const LABEL = 'vaidya/chunk/v1';
const { subtle } = crypto;

/** Plain bytes of a full chunk: sealed, it is one block. */
export const CHUNK = MAX_OBJECT - TAG;
/** Largest file, in bytes. */
export const MAX_FILE = 50_000_000;

/** Bytes of a file of `length` with its padding, and in how many chunks they go. */
export function layout(length: number): { total: number; count: number } {
  const total = Math.max(1, padme(length));
  return { total, count: Math.ceil(total / CHUNK) };
}

/** Plain bytes of the chunk at `index` of a file of `length`: those of the file, then zeros. */
export function chunkOf(file: Bytes, index: number): Bytes {
  const { total } = layout(file.length);
  const start = index * CHUNK;
  const plain = new Uint8Array(Math.max(0, Math.min(CHUNK, total - start)));
  plain.set(file.subarray(start, start + plain.length));
  return plain;
}

/** Bytes of the sealed block at `index` of a file of `length`. */
export function blockSize(length: number, index: number): number {
  const { total } = layout(length);
  return Math.min(CHUNK, total - index * CHUNK) + TAG;
}

/** Seals and opens the chunks of one version of one record. */
export class Chunks {
  private constructor(
    private readonly key: CryptoKey,
    private readonly place: Bytes,
  ) {}

  /** For the version that the content key seals. */
  static async of(content: Bytes, record: string, ver: number): Promise<Chunks> {
    const place = new Writer().label(LABEL).uuid(record).u32(ver).done();
    const secret = await hkdf(content, new Uint8Array(), place, 32);
    const key = await subtle.importKey('raw', secret, 'AES-GCM', false, ['encrypt', 'decrypt']);
    secret.fill(0);
    return new Chunks(key, place);
  }

  /** Seals the chunk at `index`, counted from 0; `last` ends the file. One place, one content: never seal another one there. */
  async seal(index: number, last: boolean, plain: Bytes): Promise<Bytes> {
    if (plain.length > CHUNK) throw new BadBytes('a chunk larger than a block');
    return new Uint8Array(await subtle.encrypt(this.params(index, last), this.key, plain));
  }

  /** Opens what {@link seal} made at this place. Throws `Unopened`. */
  async open(index: number, last: boolean, block: Bytes): Promise<Bytes> {
    try {
      return new Uint8Array(await subtle.decrypt(this.params(index, last), this.key, block));
    } catch {
      throw new Unopened('the chunk does not open here');
    }
  }

  private params(index: number, last: boolean): AesGcmParams {
    const end = last ? 1 : 0;
    const iv = new Writer().u8(end).fixed(new Uint8Array(7), 7).u32(index).done();
    const additionalData = new Writer().raw(this.place).u32(index).u8(end).done();
    return { name: 'AES-GCM', iv, additionalData, tagLength: TAG * 8 };
  }
}

/** A file put together from its opened chunks, in their order. Throws {@link BadBytes} when they are not those of a file of `length`. */
export function assembled(chunks: readonly Bytes[], length: number): Bytes {
  const { total, count } = layout(length);
  if (chunks.length !== count || chunks.reduce((sum, one) => sum + one.length, 0) !== total) throw new BadBytes('the chunks are not those of the file');
  const file = new Uint8Array(total);
  let at = 0;
  for (const one of chunks) {
    file.set(one, at);
    at += one.length;
  }
  if (file.subarray(length).some((byte) => byte !== 0)) throw new BadBytes('the padding is not as it should be');
  return file.subarray(0, length);
}
