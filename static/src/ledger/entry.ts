/** Entries of the log as its leaves hold them: what happened, to what, by whom, and whether the validators let it stand. */
import { type Bytes, concat, Reader, utf8, uuidBytes, Writer } from '../seal/bytes.ts';
import { sha256 } from '../seal/primitives.ts';
import { legible, Unproven } from './unproven.ts';

/** What an entry is about, by its number from 1. */
export const KINDS = [
  'key_bind', 'key_revoke', 'credential_issued', 'credential_status', 'consent_requested', 'consent_granted', 'consent_used', 'consent_revoked',
  'record_put', 'record_amended', 'record_erased', 'room_opened', 'room_closed', 'audit_root', 'break_glass', 'break_glass_review',
  'dataset_published', 'external_checkpoint', 'governance', 'evidence',
] as const;
export type EntryKind = (typeof KINDS)[number];

/** The first byte of the leaf that ends each batch. */
const MAP_LEAF = 0xff;

export interface Entry {
  kind: EntryKind;
  /** 32 bytes each. */
  reference: Bytes;
  parent: Bytes;
  commitment: Bytes;
  /** ms since 1970; 0 for none. */
  notAfter: number;
  attachment: Bytes;
}

export interface Leaf {
  /** 0: it stands; else the number of why it does not. */
  outcome: number;
  /** Which batch. */
  batch: number;
  /** ms since 1970, as the validators agreed. */
  at: number;
  entry: Entry;
}

/** The last leaf of a batch: the root of the map of keys after it. */
export interface MapLeaf {
  batch: number;
  at: number;
  root: Bytes;
}

/** The first byte of a leaf and what follows it everywhere. */
function front(reader: Reader): { first: number; batch: number; at: number } {
  return { first: reader.u8(), batch: reader.u64(), at: reader.u64() };
}

/** Reads the leaf of an entry. Throws {@link Unproven}. */
export function readLeaf(bytes: Bytes): Leaf {
  return legible('damaged', () => {
    const reader = new Reader(bytes);
    const { first, batch, at } = front(reader);
    if (first === MAP_LEAF) throw new Unproven('damaged');
    const entry = readEntry(reader);
    reader.end();
    return { outcome: first, batch, at, entry };
  });
}

function readEntry(reader: Reader): Entry {
  const [version, number] = [reader.u8(), reader.u8()];
  const kind = KINDS[number - 1];
  if (version !== 1 || kind === undefined) throw new Unproven('damaged');
  reader.raw(16 + 8 + 16); // who handed it in, their count, and who acted
  const [reference, parent, commitment, deadline] = [reader.raw(32), reader.raw(32), reader.raw(32), reader.raw(8)];
  reader.raw(64 + 64); // the signatures, which the validators checked
  // A deadline beyond what numbers can say exactly is none that anybody set.
  const notAfter = deadline.reduce((sum, byte) => sum * 256 + byte, 0);
  return { kind, reference, parent, commitment, notAfter, attachment: reader.sized() };
}

/** Reads the leaf that ends a batch. Throws {@link Unproven}. */
export function readMapLeaf(bytes: Bytes): MapLeaf {
  return legible('damaged', () => {
    const reader = new Reader(bytes);
    const { first, batch, at } = front(reader);
    if (first !== MAP_LEAF) throw new Unproven('damaged');
    const root = reader.raw(32);
    reader.end();
    return { batch, at, root };
  });
}

/** What an entry can be about, and is named by. */
export const WORDS = ['record', 'consent', 'credential', 'room', 'clinic'] as const;
export type Word = (typeof WORDS)[number];

/** A thing by the name it has outside the log. `version` counts for records. */
export interface Thing {
  word: Word;
  id: string;
  version: number;
}

/** The name that a thing has on the log: it says nothing to whoever does not know the id. */
export function referenceOf({ word, id, version }: Thing): Promise<Bytes> {
  const front = concat(utf8('vaidya/ledger/ref/v1'), utf8(word), uuidBytes(id));
  return sha256(front, word === 'record' ? new Writer().u32(version).done() : new Uint8Array());
}
