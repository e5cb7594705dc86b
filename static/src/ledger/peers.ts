/** Whether the keys that the server shows for somebody are those that the log holds for them now. */
import { type Bytes, same } from '../seal/bytes.ts';
import { sha256 } from '../seal/primitives.ts';
import { readMapLeaf } from './entry.ts';
import { type Binding, bindingOf, labelOf, mapped, valueOf } from './keymap.ts';
import { inLog } from './proof.ts';
import { Unproven } from './unproven.ts';
import type { Witness } from './witness.ts';

/** What the server shows of the keys of a person, to be believed only as far as it fits the log. */
export interface KeyProof {
  person: string;
  /** 32 bytes. */
  salt: Bytes;
  /** All keys that the log holds for them. */
  keys: Binding[];
  /** Keys that are on their way to the log, and since when (ms since 1970). */
  pending: { ed: Bytes; since: number }[];
  /** The signed head, as a note. */
  checkpoint: string;
  /** The last leaf of that head. */
  map: { index: number; path: Bytes[]; leaf: Bytes };
  /** What the map has for their label. */
  way: Bytes;
}

export interface Shown {
  /** SPKI. */
  rsa: Bytes;
  /** 32 bytes. */
  ed: Bytes;
}

/** How a key stands. */
export type Logged =
  /** The log holds it for this person. */
  | 'logged'
  /** It is on its way, for no longer than that takes. */
  | 'pending'
  /** It should be there by now. */
  | 'late'
  /** The log holds other keys for this person, and not this one. */
  | 'other';

/** How long a key may be on its way beyond one batch, in ms. Lower alarms people for a slow disk, higher tells them later. */
const SLACK_MS = 30_000;

/** All keys that the log holds for a person now. Throws {@link Unproven}. */
export async function keysOnLog(proof: KeyProof, person: string, witness: Pick<Witness, 'see'>): Promise<Binding[]> {
  if (proof.person !== person) throw new Unproven('other_thing');
  const head = await witness.see(proof.checkpoint, true);
  const { index, path, leaf } = proof.map;
  if (index !== head.size - 1) throw new Unproven('not_newest');
  await inLog(head, index, leaf, path);
  const held = await mapped(proof.way, await labelOf(person, proof.salt), readMapLeaf(leaf).root);
  const said = await valueOf(proof.keys);
  if (held === null ? said !== null : said === null || !same(held, said)) throw new Unproven('other_key');
  return proof.keys;
}

/** How each of these keys of a person stands. `window` is how long a batch may take in ms. Throws {@link Unproven} when the proof proves nothing. */
export async function standing(shown: readonly Shown[], proof: KeyProof, person: string, witness: Pick<Witness, 'see'>, window: number, now: number): Promise<Logged[]> {
  const held = await Promise.all((await keysOnLog(proof, person, witness)).map(bindingOf));
  return Promise.all(shown.map(async ({ rsa, ed }) => {
    const binding = await bindingOf({ rsaHash: await sha256(rsa), ed });
    if (held.some((one) => same(one, binding))) return 'logged';
    const waits = proof.pending.find((one) => same(one.ed, ed));
    if (waits === undefined) return 'other';
    return now - waits.since <= window + SLACK_MS ? 'pending' : 'late';
  }));
}
