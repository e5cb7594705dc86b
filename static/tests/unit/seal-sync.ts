/** What tests of the seals need besides the seals themselves. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

export { type Bytes, fromBase64url, fromHex } from '../../src/seal/bytes.ts';
import type { Bytes } from '../../src/seal/bytes.ts';

export function sha256Sync(text: string): Bytes {
  return Uint8Array.from(createHash('sha256').update(text).digest());
}

/** These bytes with one bit turned. */
export function flip(bytes: Bytes, bit: number): Bytes {
  const copy = bytes.slice();
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

/** Turns every bit in turn, and wants every one refused. */
export async function everyFlipRefused(bytes: Bytes, open: (changed: Bytes) => Promise<unknown>, step = 1): Promise<void> {
  for (let bit = 0; bit < bytes.length * 8; bit += step) {
    const changed = flip(bytes, bit);
    await assert.rejects(async () => open(changed), `bit ${bit} turned and nobody noticed`);
  }
}

/** A generator of chance that can be repeated: numbers in [0, 1). (Mulberry32's construction.) */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
