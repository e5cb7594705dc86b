/** Proof files (C2SP's tlog-proof): read, and checked against a policy, with nothing but what is in them. */
import { type Bytes, same } from '../seal/bytes.ts';
import { sha256 } from '../seal/primitives.ts';
import { fromBase64 } from './base64.ts';
import { includes, leafHash } from './merkle.ts';
import { type Opening, readOpening } from './opening.ts';
import { type Policy, type SignedHead, verifyHead } from './policy.ts';
import { legible, Unproven } from './unproven.ts';

const FIRST = 'c2sp.org/tlog-proof@v1';

/** Most characters of a proof file. More would let a file keep the page busy. */
export const MAX_PROOF = 256 * 1024;

/** Longest path from a leaf to the root: the tree would have more leaves than numbers can count. */
const MAX_PATH = 64;

export interface ProofFile {
  /** What the file says beyond the log; null for none. */
  extra: Bytes | null;
  index: number;
  path: Bytes[];
  /** The signed head, as a note. */
  checkpoint: string;
}

/** What a proof proves. */
export interface Proven {
  head: SignedHead;
  index: number;
  opening: Opening;
}

/** Takes a proof file apart. Throws {@link Unproven}. */
export function readProof(text: string): ProofFile {
  const body = text.indexOf('\n\n');
  if (!text.startsWith(`${FIRST}\n`) || body < 0 || text.length > MAX_PROOF) throw new Unproven('not_a_proof');
  const lines = text.slice(0, body).split('\n').slice(1);
  const extra = lines[0]?.startsWith('extra ') === true ? lines.shift() : undefined;
  const [, number] = /^index (0|[1-9]\d*)$/.exec(lines.shift() ?? '') ?? [];
  const index = Number(number);
  if (!Number.isSafeInteger(index) || lines.length > MAX_PATH) throw new Unproven('damaged');
  return legible('damaged', () => {
    const path = lines.map(fromBase64);
    if (path.some((one) => one.length !== 32)) throw new Unproven('damaged');
    return { extra: extra === undefined ? null : fromBase64(extra.slice('extra '.length)), index, path, checkpoint: text.slice(body + 2) };
  });
}

/** Checks a proof file: signatures, place in the log, and that all it says fits its entry there. Throws {@link Unproven}. */
export async function verifyProof(text: string, policy: Policy): Promise<Proven> {
  const { extra, index, path, checkpoint } = readProof(text);
  const head = await verifyHead(checkpoint, policy);
  if (extra === null) throw new Unproven('no_entry');
  const opening = await readOpening(extra);
  await inLog(head, index, opening.leafBytes, path);
  if (opening.leaf.outcome !== 0) throw new Unproven('void');
  return { head, index, opening };
}

/** That a leaf is in the tree of this head. Throws {@link Unproven}. */
export async function inLog(head: SignedHead, index: number, leaf: Bytes, path: readonly Bytes[]): Promise<void> {
  if (!(await includes(head.root, head.size, index, await leafHash(leaf), path))) throw new Unproven('not_in_log');
}

/** That a proof is about this version of this record, and these its sealed bytes. Throws {@link Unproven}. */
export async function provesRecord({ opening }: Proven, record: { id: string; ver: number; kind: string }, object: Bytes): Promise<void> {
  const { leaf, thing, committed } = opening;
  if (leaf.entry.kind !== 'record_put' && leaf.entry.kind !== 'record_amended') throw new Unproven('other_thing');
  if (thing.word !== 'record' || thing.id !== record.id || thing.version !== record.ver) throw new Unproven('other_thing');
  if (committed.kind !== 'object' || committed.sort !== record.kind) throw new Unproven('other_thing');
  if (!same(await sha256(object), committed.hash)) throw new Unproven('changed');
}
