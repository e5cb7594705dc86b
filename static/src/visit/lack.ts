/** What a browser lacks for a private call. There is no call without. */
import { missing } from '../seal/frames.ts';

/** `insecure` is the fault of the address, the rest the browser's. */
export type Lack = 'insecure' | 'browser';

/** Null when nothing is lacking. `secure`: whether this page may use cameras and keys at all. */
export async function lackOf(secure: boolean): Promise<Lack | null> {
  if (!secure) return 'insecure';
  return (await missing()) === null ? null : 'browser';
}
