/** Opening a record in this browser, and saying why when it doesn't open. */
import { Problem } from '../api.ts';
import type { MyIdentity } from '../keys.ts';
import { BadBytes, type Bytes, base64url, fromBase64url } from '../seal/bytes.ts';
import { assembled, blockSize, Chunks, layout } from '../seal/chunks.ts';
import { cidOf, fromGeneral, type GeneralJwe, type OpenedRecord as OpenedObject, openRecord, type RecordHead } from '../seal/jwe.ts';
import { sha256 } from '../seal/primitives.ts';
import { type Content, type FileManifest, readContent, sniff } from './content.ts';
import type { SealedVersion, VersionView } from './server.ts';

export type OpenedRecord =
  | {
      kind: 'open';
      head: RecordHead;
      content: Content;
      /** Opens the parts of a large file. */
      chunks: Chunks;
      versions: VersionView[];
    }
  /** Our keys can't be used here now. */
  | { kind: 'locked' }
  /** It is not sealed to the key we have here. */
  | { kind: 'no_key' }
  /** It was changed, or it is not what it says. */
  | { kind: 'damaged' }
  | { kind: 'not_found' };

type Given = GeneralJwe & Partial<Pick<SealedVersion, 'versions'>>;

/** Fetches and opens a record. Throws what should be tried again. */
export async function openIt(record: string, mine: MyIdentity | null, get: (record: string) => Promise<Given>): Promise<OpenedRecord> {
  if (mine === null) return { kind: 'locked' };
  let given: Given;
  try {
    given = await get(record);
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return { kind: 'not_found' };
    if (error instanceof Problem && (error.code === 'block_damaged' || error.code === 'unreadable')) return { kind: 'damaged' };
    throw error;
  }
  try {
    const { object, wraps } = fromGeneral(given);
    const wrap = wraps.find((one) => one.kid === mine.key);
    if (wrap === undefined) return { kind: 'no_key' };
    return await openRecord(object, wrap, mine.identity.rsa, (opened, key) => read(record, opened, key, given.versions ?? []));
  } catch {
    return { kind: 'damaged' };
  }
}

async function read(record: string, { head, json }: OpenedObject, key: Bytes, versions: VersionView[]): Promise<OpenedRecord> {
  const content = readContent(head.kind, json);
  const elsewhere = content.kind === 'transcript' && head.visit !== content.transcript.visit;
  if (head.rec !== record || elsewhere) return { kind: 'damaged' };
  return { kind: 'open', head, content, chunks: await Chunks.of(key, head.rec, head.ver), versions };
}

/** Fetches what belongs to a file and opens it. `progress` is told a share from 0 to 1. Throws a {@link Problem}, `Unopened` or {@link BadBytes}. */
export async function openFile(file: FileManifest, chunks: Chunks, block: (cid: string) => Promise<Bytes>, progress: (share: number) => void = () => undefined): Promise<Bytes> {
  const bytes = file.data === null ? await fetched(file, chunks, block, progress) : fromBase64url(file.data);
  const as = base64url(await sha256(bytes));
  if (bytes.length !== file.size || as !== file.sha256) throw new BadBytes('the file is not the one that was sealed');
  if (sniff(bytes) !== file.type) throw new BadBytes('the file is not what it says it is');
  progress(1);
  return bytes;
}

async function fetched(file: FileManifest, chunks: Chunks, block: (cid: string) => Promise<Bytes>, progress: (share: number) => void): Promise<Bytes> {
  const listed = file.chunks ?? [];
  const { count } = layout(file.size);
  if (listed.length !== count) throw new BadBytes('the chunks are not those of the file');
  const opened: Bytes[] = [];
  for (const [index, { cid, size }] of listed.entries()) {
    progress(index / count);
    const sealed = await block(cid);
    const right = sealed.length === size && size === blockSize(file.size, index) && (await cidOf(sealed)) === cid;
    if (!right) throw new BadBytes('a block is not the one that was sealed');
    opened.push(await chunks.open(index, index === count - 1, sealed));
  }
  return assembled(opened, file.size);
}
