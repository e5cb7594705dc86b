/** Bytes: the fixed binary encoding of everything that is signed or hashed, and its forms as text. */

export type Bytes = Uint8Array<ArrayBuffer>;

/** These bytes are not what they should be. The text says what is wrong, never what they hold. */
export class BadBytes extends Error {}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function utf8(text: string): Bytes {
  return encoder.encode(text);
}

/** Throws {@link BadBytes} when it is not UTF-8. */
export function fromUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new BadBytes('not UTF-8');
  }
}

export function concat(...parts: readonly Uint8Array[]): Bytes {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Whether both are the same, in a time that depends on their length alone. */
export function same(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  let difference = 0;
  for (let i = 0; i < one.length; i += 1) difference |= (one[i] ?? 0) ^ (other[i] ?? 0);
  return difference === 0;
}

/** Which comes first, byte by byte: negative, zero or positive. */
export function compare(one: Uint8Array, other: Uint8Array): number {
  const length = Math.min(one.length, other.length);
  for (let i = 0; i < length; i += 1) {
    const difference = (one[i] ?? 0) - (other[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}

export function random(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length));
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function fromHex(text: string): Bytes {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(text)) throw new BadBytes('not hexadecimal');
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

/** base64url without padding. */
export function base64url(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** The one text that {@link base64url} gives for these bytes; anything else is refused. */
export function fromBase64url(text: string): Bytes {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) throw new BadBytes('not base64url');
  const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
  if (base64url(bytes) !== text) throw new BadBytes('not canonical base64url');
  return bytes;
}

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const RFC4648 = 'abcdefghijklmnopqrstuvwxyz234567';

function base32(bytes: Uint8Array, alphabet: string, length: number): string {
  let text = '';
  for (let i = 0; i < length; i += 1) {
    const bit = 5 * i;
    const pair = ((bytes[bit >> 3] ?? 0) << 8) | (bytes[(bit >> 3) + 1] ?? 0);
    text += alphabet.charAt((pair >> (11 - (bit & 7))) & 31);
  }
  return text;
}

/** The first `length` characters of these bytes in Crockford's base32, upper case. */
export function crockford(bytes: Uint8Array, length = Math.ceil((bytes.length * 8) / 5)): string {
  return base32(bytes, CROCKFORD, length);
}

/** What somebody typed, as Crockford's canonical characters: O is 0, I and L are 1, case and dashes don't count. Null when it can't be read. */
export function readCrockford(typed: string): string | null {
  const text = typed.toUpperCase().replace(/[\s\-–—]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
  return [...text].every((char) => CROCKFORD.includes(char)) ? text : null;
}

/** Base32 of RFC 4648 §6, lower case, without padding: what a CID is written in. */
export function base32Lower(bytes: Uint8Array): string {
  return base32(bytes, RFC4648, Math.ceil((bytes.length * 8) / 5));
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function uuidBytes(id: string): Bytes {
  if (!UUID.test(id)) throw new BadBytes('not a UUID');
  return fromHex(id.replaceAll('-', ''));
}

export function uuidText(bytes: Uint8Array): string {
  if (bytes.length !== 16) throw new BadBytes('a UUID has 16 bytes');
  const text = hex(bytes);
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join('-');
}

/** Puts bytes together; every method gives the writer itself. */
export class Writer {
  private readonly parts: Uint8Array[] = [];

  raw(bytes: Uint8Array): this {
    this.parts.push(bytes);
    return this;
  }

  /** Exactly this many bytes, or {@link BadBytes}. */
  fixed(bytes: Uint8Array, length: number): this {
    if (bytes.length !== length) throw new BadBytes(`${length} bytes were wanted`);
    return this.raw(bytes);
  }

  label(text: string): this {
    return this.raw(utf8(text));
  }

  uuid(id: string): this {
    return this.raw(uuidBytes(id));
  }

  u8(value: number): this {
    return this.uint(value, 1);
  }

  u16(value: number): this {
    return this.uint(value, 2);
  }

  u32(value: number): this {
    return this.uint(value, 4);
  }

  /** At most 2^53 − 1, which is where numbers stop being exact. */
  u64(value: number): this {
    return this.uint(value, 8);
  }

  /** `u16 length ‖ bytes`. */
  sized(bytes: Uint8Array): this {
    return this.u16(bytes.length).raw(bytes);
  }

  done(): Bytes {
    return concat(...this.parts);
  }

  private uint(value: number, length: number): this {
    if (!Number.isSafeInteger(value) || value < 0 || value >= 256 ** length) throw new BadBytes('a number does not fit');
    const bytes = new Uint8Array(length);
    let rest = value;
    for (let i = length - 1; i >= 0; i -= 1) {
      bytes[i] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    return this.raw(bytes);
  }
}

/** Takes bytes apart; throws {@link BadBytes} when they end too early, or with {@link end} too late. */
export class Reader {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get left(): number {
    return this.bytes.length - this.at;
  }

  raw(length: number): Bytes {
    if (length > this.left) throw new BadBytes('the bytes end too early');
    const part = this.bytes.slice(this.at, this.at + length);
    this.at += length;
    return part;
  }

  rest(): Bytes {
    return this.raw(this.left);
  }

  uuid(): string {
    return uuidText(this.raw(16));
  }

  u8(): number {
    return this.uint(1);
  }

  u16(): number {
    return this.uint(2);
  }

  u32(): number {
    return this.uint(4);
  }

  u64(): number {
    return this.uint(8);
  }

  sized(): Bytes {
    return this.raw(this.u16());
  }

  end(): void {
    if (this.left > 0) throw new BadBytes('there are bytes behind the end');
  }

  private uint(length: number): number {
    const value = this.raw(length).reduce((sum, byte) => sum * 256 + byte, 0);
    if (!Number.isSafeInteger(value)) throw new BadBytes('a number is too large');
    return value;
  }
}
