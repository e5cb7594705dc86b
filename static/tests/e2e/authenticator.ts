/** An authenticator app: six digits from a secret and the time (RFC 6238: SHA-1, 30 s). */
import { createHmac } from 'node:crypto';

/** Seconds for which a code counts. */
const STEP = 30;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function bytes(secret: string): Buffer {
  const bits = [...secret.replace(/[\s=]/g, '').toUpperCase()].map((one) => ALPHABET.indexOf(one).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
}

/** The code of a secret (base32) `late` seconds from now. */
export function totp(secret: string, late = 0): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor((Date.now() / 1000 + late) / STEP)));
  const hash = createHmac('sha1', bytes(secret)).update(counter).digest();
  const at = (hash.at(-1) ?? 0) & 15;
  return String((hash.readUInt32BE(at) & 0x7fff_ffff) % 1_000_000).padStart(6, '0');
}
