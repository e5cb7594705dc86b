/** What is inside sealed records, kind by kind: read with care, because whoever wrote it may be wrong or lie. */
import { MAX_FILE } from '../seal/chunks.ts';
import { list, maybe, number, type Of, record, type Shape, ShapeError, text, word } from '../shape.ts';
import type { RecordKind } from '../seal/kinds.ts';
import { readTranscript, type Transcript } from './transcript.ts';

/** Files that can be kept. What one is, its first bytes say, and not its name. */
export const FILE_TYPES = ['application/pdf', 'image/jpeg', 'image/png', 'application/dicom'] as const;
export type FileType = (typeof FILE_TYPES)[number];

/** Largest file that is sealed into its record's own block, in bytes; larger ones go in chunks. */
export const INLINE = 512 * 1024;

const one: Shape<1> = (value, at) => {
  if (value !== 1) throw new ShapeError(`${at} should be 1`);
  return value;
};

const size: Shape<number> = (value, at) => {
  const bytes = number(value, at);
  if (!Number.isInteger(bytes) || bytes < 0 || bytes > MAX_FILE) throw new ShapeError(`${at} should be the size of a file`);
  return bytes;
};

const written = record({ v: one, title: text, text });
export type Written = Of<typeof written>;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** An id becomes part of an address: nothing else may stand in its place. */
const id: Shape<string> = (value, at) => {
  const said = text(value, at);
  if (!UUID.test(said)) throw new ShapeError(`${at} should be an id`);
  return said;
};
const version: Shape<number> = (value, at) => {
  const ver = number(value, at);
  if (!Number.isInteger(ver) || ver < 1) throw new ShapeError(`${at} should be a version`);
  return ver;
};
const correction = record({ record: id, ver: version, /** What that record was called. */ title: text });
/** Which version of which record somebody asks to have corrected. */
export type Correction = Of<typeof correction>;

const note = record({ v: one, title: text, text, corrects: maybe(correction) });
export type Note = Of<typeof note>;

const result = record({ name: text, value: text, unit: text, range: maybe(text), /** LOINC. */ code: maybe(text) });
export type LabResult = Of<typeof result>;
const lab = record({ v: one, title: text, /** ms since 1970. */ taken_at: number, results: list(result) });
export type Lab = Of<typeof lab>;

const chunk = record({ cid: text, size: number });
const manifest = record({
  v: one, title: text, name: text, type: word(...FILE_TYPES), size,
  /** Of the file, base64url. */
  sha256: text,
  /** The file itself, base64url, when it is small. */
  data: maybe(text),
  /** Its sealed blocks, in their order, when it is not. */
  chunks: maybe(list(chunk)),
});
export type FileManifest = Of<typeof manifest>;

/** What a record says, once it is open. */
export type Content =
  | { kind: 'transcript'; transcript: Transcript }
  | ({ kind: 'note' } & Note)
  | ({ kind: 'letter' } & Written)
  | ({ kind: 'lab' } & Lab)
  | ({ kind: 'document' | 'image' } & FileManifest);

/** Reads the JSON of a record of this kind. Throws {@link ShapeError} (or a SyntaxError) when it is something else. */
export function readContent(kind: RecordKind, json: string): Content {
  if (kind === 'transcript') return { kind, transcript: readTranscript(json) };
  const value: unknown = JSON.parse(json);
  switch (kind) {
    case 'note': return { kind, ...note(value, kind) };
    case 'letter': return { kind, ...written(value, kind) };
    case 'lab': return { kind, ...lab(value, kind) };
    case 'document': case 'image': return { kind, ...readManifest(value, kind) };
  }
}

function readManifest(value: unknown, at: string): FileManifest {
  const read = manifest(value, at);
  if ((read.data === null) === (read.chunks === null)) throw new ShapeError(`${at} should have its data or its chunks`);
  return read;
}

/** What a record is called, from inside; a transcript has no name. */
export function titleOf(content: Content): string {
  return content.kind === 'transcript' ? '' : content.title;
}

/** Pictures that a browser shows by itself. */
export function isPicture(type: FileType): boolean {
  return type === 'image/jpeg' || type === 'image/png';
}

/** The type in one word: `pdf`, `jpeg`, `png`, `dicom`. */
export function shortType(type: FileType): string {
  return type.slice(type.indexOf('/') + 1);
}

/** How many bytes from the start decide what a file is: DICOM says it behind a preamble of 128 (PS3.10 §7.1). */
export const SNIFFED = 132;

/** What tells the kinds of files by their first bytes. */
const MAGIC: readonly { type: FileType; at: number; bytes: readonly number[] }[] = [
  { type: 'application/pdf', at: 0, bytes: [0x25, 0x50, 0x44, 0x46, 0x2d] },
  { type: 'image/jpeg', at: 0, bytes: [0xff, 0xd8, 0xff] },
  { type: 'image/png', at: 0, bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { type: 'application/dicom', at: 128, bytes: [0x44, 0x49, 0x43, 0x4d] },
];

/** What a file is, by its first bytes (132 are enough); null when it is nothing we keep. */
export function sniff(bytes: Uint8Array): FileType | null {
  return MAGIC.find(({ at, bytes: magic }) => magic.every((byte, i) => bytes[at + i] === byte))?.type ?? null;
}
