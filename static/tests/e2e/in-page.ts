/** What the measurements run in a page: the app's own functions, bundled as they are. */
import type { FileManifest } from '../../src/records/content.ts';
import { openFile, openIt } from '../../src/records/open.ts';
import { base64url, type Bytes, concat, random, utf8 } from '../../src/seal/bytes.ts';
import { chunkOf, Chunks, layout } from '../../src/seal/chunks.ts';
import { addRecipient, cidOf, type Recipient, sealRecord, toGeneral, wrapFor } from '../../src/seal/jwe.ts';
import { type Identity, importBundle, makeBundle } from '../../src/seal/identity.ts';
import { sha256 } from '../../src/seal/primitives.ts';


/** Bytes of the file that is sealed and opened. */
const SIZE = 1_000_000;
/** How often. */
const TURNS = 20;
/** How long wraps are made, in ms. */
const WRAPPING_MS = 2_000;

async function person(n: number): Promise<{ kid: string; identity: Identity; recipient: Recipient }> {
  const identity = await importBundle(await makeBundle());
  const kid = `00000000-0000-4000-8000-00000000000${n}`;
  return { kid, identity, recipient: { kid, rsa: identity.rsaPublic } };
}

/** A file of 1 MB sealed for three keys as an upload does it, and opened by one of them as a page does it: ms each. */
export async function sealAndOpen(): Promise<{ seal: number[]; open: number[] }> {
  const people = await Promise.all([1, 2, 3].map(person));
  const [mine] = people;
  if (mine === undefined) throw new Error('nobody');
  const times = { seal: [] as number[], open: [] as number[] };
  for (let turn = 0; turn <= TURNS; turn += 1) {
    const file = concat(utf8('%PDF-1.7 '), ...Array.from({ length: 16 }, () => random(SIZE / 16)));
    const began = performance.now();
    const { jwe, blocks, rec } = await sealed(file, people.map((one) => one.recipient), mine.kid);
    const between = performance.now();
    const found = await openIt(rec, { person: mine.kid, key: mine.kid, identity: mine.identity }, async () => jwe);
    if (found.kind !== 'open' || found.content.kind !== 'document') throw new Error('it did not open');
    const bytes = await openFile(found.content, found.chunks, async (cid) => blocks.get(cid) ?? new Uint8Array(), () => undefined);
    if (bytes.length !== file.length) throw new Error('it is not whole');
    if (turn === 0) continue; // the first one warms up
    times.seal.push(between - began);
    times.open.push(performance.now() - between);
  }
  return times;
}

async function sealed(file: Bytes, recipients: Recipient[], author: string) {
  const rec = crypto.randomUUID();
  const key = random(32);
  const chunks = await Chunks.of(key, rec, 1);
  const blocks = new Map<string, Bytes>();
  const { count } = layout(file.length);
  const names = [];
  for (let index = 0; index < count; index += 1) {
    const block = await chunks.seal(index, index === count - 1, chunkOf(file, index));
    const cid = await cidOf(block);
    blocks.set(cid, block);
    names.push({ cid, size: block.length });
  }
  const content: Omit<FileManifest, 'data'> = { v: 1, title: 'X-ray', name: 'x.pdf', type: 'application/pdf', size: file.length, sha256: base64url(await sha256(file)), chunks: names };
  const head = { rec, ver: 1, kind: 'document' as const, patient: author, key: author, at: Date.now() };
  const { object, wraps } = await sealRecord(head, JSON.stringify(content), recipients, { key, iv: random(12) });
  return { jwe: toGeneral(object, wraps), blocks, rec };
}

/** How many content keys are wrapped in a second for somebody new, and how many records are opened and wrapped again (a new device, a consent). */
export async function wraps(): Promise<{ wrap: number; rewrap: number }> {
  const [mine, theirs] = await Promise.all([person(1), person(2)]);
  const [own] = await wrapFor([mine.recipient], random(32));
  if (own === undefined) throw new Error('no wrap');
  const perSecond = async (work: () => Promise<unknown>): Promise<number> => {
    let done = 0;
    const began = performance.now();
    for (; performance.now() - began < WRAPPING_MS; done += 1) await work();
    return (done * 1_000) / (performance.now() - began);
  };
  const wrap = await perSecond(() => wrapFor([theirs.recipient], random(32)));
  const rewrap = await perSecond(() => addRecipient(own, mine.identity.rsa, theirs.recipient));
  return { wrap, rewrap };
}
