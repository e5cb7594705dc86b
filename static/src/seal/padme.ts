/** Padmé (Nikitin et al., PETS 2019, §4): lengths that say little about what is inside, for at most 12 % more bytes. */
import { BadBytes, type Bytes, Reader, Writer } from './bytes.ts';

/** The next Padmé length at or above `length` (bytes): its lower bits are zero, and the more of them the longer it is. */
export function padme(length: number): number {
  if (!Number.isSafeInteger(length) || length < 0 || length > 2 ** 31) throw new BadBytes('a length that can’t be padded');
  if (length < 2) return length;
  const exponent = Math.floor(Math.log2(length));
  const kept = Math.floor(Math.log2(exponent)) + 1;
  const step = 2 ** Math.max(0, exponent - kept);
  return Math.ceil(length / step) * step;
}

/** `u32 length ‖ content`, and zero bytes up to the next Padmé length. */
export function pad(content: Bytes): Bytes {
  const padded = new Uint8Array(padme(4 + content.length));
  padded.set(new Writer().u32(content.length).raw(content).done());
  return padded;
}

/** What {@link pad} padded; throws {@link BadBytes} for anything that it could not have made. */
export function unpad(padded: Bytes): Bytes {
  const reader = new Reader(padded);
  const content = reader.raw(reader.u32());
  if (padme(4 + content.length) !== padded.length || reader.rest().some((byte) => byte !== 0)) throw new BadBytes('the padding is not as it should be');
  return content;
}
