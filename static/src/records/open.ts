/** Opening a record in this browser, and saying why when it doesn't open. */
import { Problem } from '../api.ts';
import type { MyIdentity } from '../keys.ts';
import { fromGeneral, type GeneralJwe, openRecord } from '../seal/jwe.ts';
import { readTranscript, type Transcript } from './transcript.ts';

export type OpenedRecord =
  | { kind: 'open'; transcript: Transcript }
  /** Our keys can't be used here now. */
  | { kind: 'locked' }
  /** It is not sealed to the key we have here. */
  | { kind: 'no_key' }
  /** It was changed, or it is not what it says. */
  | { kind: 'damaged' }
  | { kind: 'not_found' };

/** Fetches and opens a record. Throws what should be tried again. */
export async function openIt(record: string, mine: MyIdentity | null, get: (record: string) => Promise<GeneralJwe>): Promise<OpenedRecord> {
  if (mine === null) return { kind: 'locked' };
  let jwe: GeneralJwe;
  try {
    jwe = await get(record);
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return { kind: 'not_found' };
    if (error instanceof Problem && (error.code === 'block_damaged' || error.code === 'unreadable')) return { kind: 'damaged' };
    throw error;
  }
  try {
    const { object, wraps } = fromGeneral(jwe);
    const wrap = wraps.find((one) => one.kid === mine.key);
    if (wrap === undefined) return { kind: 'no_key' };
    const { head, json } = await openRecord(object, wrap, mine.identity.rsa);
    const transcript = readTranscript(json);
    return head.rec === record && head.visit === transcript.visit ? { kind: 'open', transcript } : { kind: 'damaged' };
  } catch {
    return { kind: 'damaged' };
  }
}
