/** Opening a record in this browser, and saying why when it doesn't open. */
import { Problem } from '../api.ts';
import type { MyIdentity } from '../keys.ts';
import { BadBytes, type Bytes, base64url, fromBase64url } from '../seal/bytes.ts';
import { assembled, blockSize, Chunks, layout } from '../seal/chunks.ts';
import { cidOf, fromGeneral, type GeneralJwe, type OpenedRecord as OpenedObject, openRecord, type RecordHead } from '../seal/jwe.ts';
import { sha256 } from '../seal/primitives.ts';
import { type Content, type FileManifest, readContent, sniff } from './content.ts';
import type { VersionView } from './server.ts';

/** `G` is what the server answered with. */
export type OpenedRecord<G = unknown> =
  | {
      kind: 'open';
      head: RecordHead;
      content: Content;
      /** Opens the parts of a large file. */
      chunks: Chunks;
      got: G;
    }
  /** Our keys can't be used here now. */
  | { kind: 'locked' }
  /** It is not sealed to the key we have here. */
  | { kind: 'no_key'; got: G }
  /** It was changed, or it is not what it says. */
  | { kind: 'damaged' }
  | { kind: 'not_found' };

type Given = GeneralJwe & { versions?: readonly Pick<VersionView, 'ver' | 'cid'>[] };

/** Whether what was thrown means that what is kept is not what it was, and not that the line or the server is away. */
export function isDamage(error: unknown): boolean {
  return !(error instanceof Problem) || error.code === 'block_damaged' || error.code === 'unreadable' || error.status === 404;
}

/** Fetches and opens a record. Throws what should be tried again. */
export async function openIt<G extends Given>(record: string, mine: MyIdentity | null, get: (record: string) => Promise<G>): Promise<OpenedRecord<G>> {
  if (mine === null) return { kind: 'locked' };
  let got: G;
  try {
    got = await get(record);
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return { kind: 'not_found' };
    if (isDamage(error)) return { kind: 'damaged' };
    throw error;
  }
  try {
    const { object, wraps } = fromGeneral(got);
    const wrap = wraps.find((one) => one.kid === mine.key);
    if (wrap === undefined) return { kind: 'no_key', got };
    return await openRecord(object, wrap, mine.identity.rsa, async (opened, key) => read(record, opened, key, got, await cidOf(object)));
  } catch {
    return { kind: 'damaged' };
  }
}

async function read<G extends Given>(record: string, { head, json }: OpenedObject, key: Bytes, got: G, cid: string): Promise<OpenedRecord<G>> {
  const content = readContent(head.kind, json);
  const elsewhere = content.kind === 'transcript' && head.visit !== content.transcript.visit;
  const named = got.versions?.find((one) => one.ver === head.ver);
  if (head.rec !== record || elsewhere || (named !== undefined && named.cid !== cid)) return { kind: 'damaged' };
  return { kind: 'open', head, content, chunks: await Chunks.of(key, head.rec, head.ver), got };
}

/** Blocks that are fetched at a time. More don't come faster on a thin line, and take memory. */
const AT_ONCE = 3;

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
  let next = 0;
  let come = 0;
  const some = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) {
      const { cid, size } = listed[index] ?? { cid: '', size: 0 };
      const sealed = await block(cid);
      const right = sealed.length === size && size === blockSize(file.size, index) && (await cidOf(sealed)) === cid;
      if (!right) throw new BadBytes('a block is not the one that was sealed');
      opened[index] = await chunks.open(index, index === count - 1, sealed);
      progress((come += 1) / count);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, some));
  return assembled(opened, file.size);
}
