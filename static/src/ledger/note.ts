/** Signed notes, the keys that sign them, checkpoints and cosignatures, as C2SP's signed-note, tlog-checkpoint and tlog-cosignature have them. */
import { type Bytes, concat, fromUtf8, Reader, same, utf8 } from '../seal/bytes.ts';
import { sha256, verify } from '../seal/primitives.ts';
import { base64, fromBase64 } from './base64.ts';
import type { Tree } from './merkle.ts';
import { legible, Unproven } from './unproven.ts';

/** What a key signs with: a log its heads, a validator what it saw of them. */
export type KeyUse = 'log' | 'cosigner';
const USES: Record<number, KeyUse> = { 1: 'log', 4: 'cosigner' };

/** Most bytes of a note, and most signatures under it. More would let a file keep the page busy. */
const MAX_NOTE = 64 * 1024;
const MAX_SIGNATURES = 64;

/** A key with its name: `name+id+base64(use ‖ key)`. */
export interface NoteKey {
  name: string;
  use: KeyUse;
  /** 4 bytes. */
  id: Bytes;
  /** Ed25519, 32 bytes. */
  ed: Bytes;
}

interface Signature {
  name: string;
  id: Bytes;
  /** What stands behind the key's id. */
  bytes: Bytes;
}

export interface Note {
  /** With its last newline. */
  text: string;
  signatures: Signature[];
}

/** A head as a checkpoint says it. */
export interface Checkpoint extends Tree {
  origin: string;
}

const isName = (name: string): boolean => name !== '' && !/[\s+]/u.test(name);

/** Reads a verifier key. Throws {@link Unproven} when it is none, or its id is not its own. */
export async function readKey(vkey: string): Promise<NoteKey> {
  const [, name = '', id = '', key = ''] = /^([^+]*)\+([0-9a-f]{8})\+(.+)$/u.exec(vkey) ?? [];
  const bytes = legible('bad_policy', () => fromBase64(key));
  const use = USES[bytes[0] ?? 0];
  if (!isName(name) || use === undefined || bytes.length !== 33) throw new Unproven('bad_policy');
  const own = (await sha256(utf8(`${name}\n`), bytes)).slice(0, 4);
  if (Array.from(own, (byte) => byte.toString(16).padStart(2, '0')).join('') !== id) throw new Unproven('bad_policy');
  return { name, use, id: own, ed: bytes.slice(1) };
}

/** Takes a note apart; its text is not to be believed before a signature of it was checked. */
export function readNote(note: string): Note {
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || note.length > MAX_NOTE || !note.endsWith('\n') || /[\0-\x09\x0b-\x1f]/.test(note)) throw new Unproven('damaged');
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > MAX_SIGNATURES) throw new Unproven('damaged');
  return { text: note.slice(0, split + 1), signatures: lines.map(readSignature) };
}

function readSignature(line: string): Signature {
  const [, name = '', text = ''] = /^— ([^ ]+) ([^ ]+)$/u.exec(line) ?? [];
  const bytes = legible('damaged', () => fromBase64(text));
  if (!isName(name) || bytes.length < 5) throw new Unproven('damaged');
  return { name, id: bytes.slice(0, 4), bytes: bytes.slice(4) };
}

/** Reads what a note says of a log's head. */
export function readCheckpoint(text: string): Checkpoint {
  const [origin = '', size = '', root = '', ...more] = text.split('\n');
  const count = Number(size);
  if (origin === '' || !/^(0|[1-9]\d*)$/.test(size) || !Number.isSafeInteger(count)) throw new Unproven('damaged');
  if (more.pop() !== '' || more.includes('')) throw new Unproven('damaged');
  const hash = legible('damaged', () => fromBase64(root));
  if (hash.length !== 32) throw new Unproven('damaged');
  return { origin, size: count, root: hash };
}

/** What a cosigner signs: when it saw the head, and the head. */
function cosigned(time: number, text: string): Bytes {
  return utf8(`cosignature/v1\ntime ${time}\n${text}`);
}

/** Whether a key signed a note. `wrong` when a signature says it is this key's and is not. */
export async function signedBy(note: Note, key: NoteKey): Promise<'yes' | 'no' | 'wrong'> {
  const its = note.signatures.filter((one) => one.name === key.name && same(one.id, key.id));
  const right = await Promise.all(its.map(({ bytes }) => holds(note.text, key, bytes)));
  if (right.includes(false)) return 'wrong';
  return right.length === 0 ? 'no' : 'yes';
}

async function holds(text: string, { use, ed }: NoteKey, bytes: Bytes): Promise<boolean> {
  if (use === 'log') return bytes.length === 64 && verify(ed, bytes, utf8(text));
  if (bytes.length !== 72) return false;
  const reader = new Reader(bytes);
  const time = legible('damaged', () => reader.u64());
  return verify(ed, reader.rest(), cosigned(time, text));
}

/** The text of bytes that should be UTF-8. */
export function textOf(bytes: Uint8Array): string {
  return legible('damaged', () => fromUtf8(bytes));
}

/** A key as it is written down. */
export function keyText({ name, use, id, ed }: NoteKey): string {
  const kind = use === 'log' ? 1 : 4;
  return `${name}+${Array.from(id, (byte) => byte.toString(16).padStart(2, '0')).join('')}+${base64(concat(Uint8Array.of(kind), ed))}`;
}
