/** What a proof file says beyond the log: the entry itself, which thing it is about, and what its commitment was made of. Each part is checked. */
import { type Bytes, Reader, same, utf8, Writer } from '../seal/bytes.ts';
import { sha256 } from '../seal/primitives.ts';
import { type Entry, type Leaf, readLeaf, referenceOf, type Thing, WORDS } from './entry.ts';
import { includes, leafHash } from './merkle.ts';
import { textOf } from './note.ts';
import { legible, Unproven } from './unproven.ts';

/** What stands behind a commitment. */
export type Committed =
  /** Nothing is opened. */
  | { kind: 'sealed' }
  /** Something that is elsewhere: this is its SHA-256. */
  | { kind: 'object'; sort: string; hash: Bytes }
  /** A statement, which is here. */
  | { kind: 'statement'; sort: string; facts: Map<string, string> }
  /** What somebody signed with their key: which message, for whom (ids), until when (ms since 1970; 0 for no end), and its text. */
  | { kind: 'signed'; sort: string; patient: string; grantee: string; until: number; text: string }
  /** An entry of a clinic's own log, of which the entry on this log holds the root. */
  | { kind: 'inner'; entry: Bytes };

/** A proof's opening, in which everything fits together. */
export interface Opening {
  leaf: Leaf;
  leafBytes: Bytes;
  thing: Thing;
  committed: Committed;
}

/** What commitments of all kinds are: they say nothing without the salt. `hash` is the SHA-256 of what is committed to. */
export function commit(sort: string, salt: Bytes, hash: Bytes): Promise<Bytes> {
  return sha256(new Writer().label('vaidya/commit/v1').sized(utf8(sort)).fixed(salt, 32).fixed(hash, 32).done());
}

/** Reads and checks an opening. Throws {@link Unproven}: then some of it is not what its entry on the log says. */
export async function readOpening(bytes: Bytes): Promise<Opening> {
  const reader = new Reader(bytes);
  const { leafBytes, thing, how } = legible('damaged', () => readFront(reader));
  const leaf = readLeaf(leafBytes);
  if (!same(await referenceOf(thing), named(leaf.entry))) throw new Unproven('other_thing');
  const committed = await COMMITTED[how]?.(reader, leaf, thing);
  if (committed === undefined || reader.left > 0) throw new Unproven('damaged');
  return { leaf, leafBytes, thing, committed };
}

function readFront(reader: Reader): { leafBytes: Bytes; thing: Thing; how: number } {
  if (reader.u8() !== 1) throw new Unproven('damaged');
  const leafBytes = reader.sized();
  const said = textOf(reader.sized());
  const word = WORDS.find((one) => one === said);
  if (word === undefined) throw new Unproven('damaged');
  const [id, version, how] = [reader.uuid(), reader.u32(), reader.u8()];
  return { leafBytes, thing: { word, id, version }, how };
}

/** How what is committed to is opened, by the number that says so. */
const COMMITTED: ((reader: Reader, leaf: Leaf, thing: Thing) => Promise<Committed>)[] = [
  () => Promise.resolve({ kind: 'sealed' }),
  async (reader, leaf) => {
    const { sort, salt, hash } = legible('damaged', () => ({ sort: textOf(reader.sized()), salt: reader.raw(32), hash: reader.raw(32) }));
    await fits(leaf, sort, salt, hash);
    return { kind: 'object', sort, hash };
  },
  async (reader, leaf) => {
    const { sort, salt, said } = legible('damaged', () => ({ sort: textOf(reader.sized()), salt: reader.raw(32), said: reader.sized() }));
    await fits(leaf, sort, salt, await sha256(said));
    return { kind: 'statement', sort, facts: readStatement(sort, textOf(said)) };
  },
  async (reader, leaf) => {
    const { index, path, entry } = legible('damaged', () => {
      const [index, count] = [reader.u64(), reader.u8()];
      return { index, path: Array.from({ length: count }, () => reader.raw(32)), entry: reader.sized() };
    });
    const size = legible('damaged', () => new Reader(leaf.entry.attachment).u64());
    if (!(await includes(leaf.entry.commitment, size, index, await leafHash(entry), path))) throw new Unproven('not_in_log');
    return { kind: 'inner', entry };
  },
  async (reader, leaf, thing) => {
    const { message, text } = legible('damaged', () => ({ message: reader.sized(), text: reader.sized() }));
    if (!same(await sha256(message), leaf.entry.commitment)) throw new Unproven('changed');
    return readSigned(message, text, thing);
  },
];

/** What can be signed by a person, and what the message begins with. */
const SIGNED: Record<string, string> = { consent: 'vaidya/consent/v1', 'break-glass': 'vaidya/break-glass/v1' };

/** `label ‖ consent 16 ‖ patient 16 ‖ key 16 ‖ grantee 16 ‖ u64 until ‖ SHA-256(text)`. */
async function readSigned(message: Bytes, text: Bytes, thing: Thing): Promise<Committed> {
  const [sort, label] = Object.entries(SIGNED).find(([, one]) => same(message.slice(0, one.length), utf8(one))) ?? [];
  if (sort === undefined || label === undefined) throw new Unproven('damaged');
  const { ids: [consent, patient = '', , grantee = ''], until, hash } = legible('damaged', () => {
    const reader = new Reader(message.slice(label.length));
    const read = { ids: [reader.uuid(), reader.uuid(), reader.uuid(), reader.uuid()], until: reader.u64(), hash: reader.raw(32) };
    reader.end();
    return read;
  });
  if (consent !== thing.id) throw new Unproven('other_thing');
  if (!same(await sha256(text), hash)) throw new Unproven('changed');
  return { kind: 'signed', sort, patient, grantee, until, text: textOf(text) };
}

/** What an entry says it is about. One of a code that was used names only the code, and a review only itself: what they stand on is meant. */
function named({ kind, reference, parent }: Entry): Bytes {
  return kind === 'consent_used' || kind === 'break_glass_review' ? parent : reference;
}

async function fits(leaf: Leaf, sort: string, salt: Bytes, hash: Bytes): Promise<void> {
  if (!same(await commit(sort, salt, hash), leaf.entry.commitment)) throw new Unproven('changed');
}

/** The facts of a statement: after its first line, one a line, `name value`. */
function readStatement(sort: string, text: string): Map<string, string> {
  const [first, ...lines] = text.split('\n');
  if (first !== `vaidya/${sort}/v1` || lines.pop() !== '') throw new Unproven('damaged');
  const facts = lines.map((line): [string, string] => {
    const space = line.indexOf(' ');
    return space < 1 ? [line, ''] : [line.slice(0, space), line.slice(space + 1)];
  });
  const read = new Map(facts);
  if (read.size !== facts.length) throw new Unproven('damaged');
  return read;
}
