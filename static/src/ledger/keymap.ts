/** The map of keys, whose root ends each batch of the log: a proof of what a label has in it, or that it has nothing. */
import { type Bytes, compare, Reader, same, uuidBytes, Writer } from '../seal/bytes.ts';
import { sha256 } from '../seal/primitives.ts';
import { legible, Unproven } from './unproven.ts';

/** Bits of a label, and so the most hashes beside the way to it. */
const DEPTH = 256;
const NOTHING = new Uint8Array(32);

/** A key that is bound to a person, as the log commits to it. */
export interface Binding {
  /** SHA-256 of the RSA key (SPKI), 32 bytes. */
  rsaHash: Bytes;
  /** 32 bytes. */
  ed: Bytes;
}

/** What stands for a person on the log. The salt is their own. */
export function labelOf(person: string, salt: Bytes): Promise<Bytes> {
  return sha256(new Writer().label('vaidya/ledger/label/v1').fixed(salt, 32).raw(uuidBytes(person)).done());
}

export function bindingOf({ rsaHash, ed }: Binding): Promise<Bytes> {
  return sha256(new Writer().label('vaidya/ledger/binding/v1').fixed(rsaHash, 32).fixed(ed, 32).done());
}

/** What the map holds for somebody with these keys; null for nobody's. */
export async function valueOf(bindings: readonly Binding[]): Promise<Bytes | null> {
  if (bindings.length === 0) return null;
  const all = (await Promise.all(bindings.map(bindingOf))).sort(compare);
  return sha256(all.reduce((writer, one) => writer.raw(one), new Writer().label('vaidya/ledger/keys/v1')).done());
}

/** Bit `depth` of a label, from the most significant. */
function goesRight(label: Uint8Array, depth: number): boolean {
  return (((label[Math.floor(depth / 8)] ?? 0) >> (7 - (depth % 8))) & 1) === 1;
}

interface Way {
  /** From the root's child down. */
  siblings: Bytes[];
  /** What stands at the end of the way; null for nothing. */
  end: { label: Bytes; value: Bytes } | null;
}

/** `u8 1 ‖ label ‖ value` or `u8 0`, then `u16 count ‖ hashes`. */
function readWay(bytes: Bytes): Way {
  return legible('damaged', () => {
    const reader = new Reader(bytes);
    const flag = reader.u8();
    if (flag > 1) throw new Unproven('damaged');
    const end = flag === 0 ? null : { label: reader.raw(32), value: reader.raw(32) };
    const count = reader.u16();
    if (count > DEPTH) throw new Unproven('damaged');
    const siblings = Array.from({ length: count }, () => reader.raw(32));
    reader.end();
    return { siblings, end };
  });
}

/** What a label has under this root, as a proof says; null for nothing. Throws {@link Unproven}. */
export async function mapped(proof: Bytes, label: Bytes, root: Bytes): Promise<Bytes | null> {
  const { siblings, end } = readWay(proof);
  // Another label at the end shows that this one is not there only when both go the same way that far.
  const strays = end !== null && siblings.some((_, depth) => goesRight(end.label, depth) !== goesRight(label, depth));
  if (strays) throw new Unproven('other_thing');
  let hash = end === null ? NOTHING : await sha256(Uint8Array.of(2), end.label, end.value);
  for (let depth = siblings.length - 1; depth >= 0; depth -= 1) {
    const sibling = siblings[depth] ?? NOTHING;
    hash = await (goesRight(label, depth) ? sha256(Uint8Array.of(3), sibling, hash) : sha256(Uint8Array.of(3), hash, sibling));
  }
  if (!same(hash, root)) throw new Unproven('not_in_log');
  return end !== null && same(end.label, label) ? end.value : null;
}
