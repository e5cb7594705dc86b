/** The safety phrase: five words that two people compare, and that are the same only when nobody is between them. */
import { type Bytes, compare, uuidBytes, Writer } from './bytes.ts';
import { sha256 } from './primitives.ts';

/** Words of a phrase; six bits each. */
export const WORDS = 5;

/** English: short, common, things one can see, and no two alike to eye or ear. The order is part of the protocol. */
export const ENGLISH: readonly string[] = [
  'apple', 'anchor', 'badger', 'bell', 'bridge', 'bucket', 'butter', 'camel',
  'candle', 'carpet', 'castle', 'cherry', 'cloud', 'copper', 'cotton', 'desert',
  'dolphin', 'drum', 'eagle', 'elbow', 'engine', 'feather', 'forest', 'garden',
  'ginger', 'glove', 'guitar', 'hammer', 'honey', 'island', 'jacket', 'jungle',
  'kettle', 'ladder', 'lemon', 'lion', 'magnet', 'mango', 'mirror', 'monkey',
  'needle', 'ocean', 'onion', 'orange', 'paper', 'parrot', 'pencil', 'pillow',
  'potato', 'queen', 'rabbit', 'river', 'rocket', 'saddle', 'salt', 'shadow',
  'spider', 'summer', 'thunder', 'tiger', 'turtle', 'violin', 'window', 'yellow',
];

/** One of the two sides of a phrase. */
export interface Side {
  seat: string;
  /** Ed25519, 32 bytes. */
  ed: Bytes;
  /** 16 bytes. */
  nonce: Bytes;
}

/** The places of the words in a list of 64. The same whoever asks. */
export async function phraseOf(visit: string, one: Side, other: Side): Promise<number[]> {
  const writer = new Writer().label('vaidya/phrase/v1').uuid(visit);
  for (const { seat, ed, nonce } of [one, other].sort((a, b) => compare(uuidBytes(a.seat), uuidBytes(b.seat)))) {
    writer.uuid(seat).fixed(ed, 32).fixed(nonce, 16);
  }
  const hash = await sha256(writer.done());
  return Array.from({ length: WORDS }, (_, i) => {
    const bit = 6 * i;
    const pair = ((hash[bit >> 3] ?? 0) << 8) | (hash[(bit >> 3) + 1] ?? 0);
    return (pair >> (10 - (bit & 7))) & 63;
  });
}

export function inWords(places: readonly number[], list: readonly string[] = ENGLISH): string[] {
  return places.map((place) => list[place] ?? '');
}
