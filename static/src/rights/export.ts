/** Everything about a person in one archive, put together in their browser: sealed, opened, for programs and to read. */
import { api, Problem } from '../api.ts';
import { audit, type Look } from '../audit.ts';
import { type Consent, consents } from '../consents.ts';
import { doorServer, type Profile } from '../door/server.ts';
import type { MyIdentity } from '../keys.ts';
import { keyServer } from '../keys/server.ts';
import type { Content, FileManifest } from '../records/content.ts';
import { openFile, openIt } from '../records/open.ts';
import { recordServer, type RecordView, type SealedVersion } from '../records/server.ts';
import type { Bytes } from '../seal/bytes.ts';
import { fromGeneral, toGeneral } from '../seal/jwe.ts';
import type { VisitView } from '../wire.ts';
import { Archive, plainName } from './archive.ts';
import { bundle, type OpenedVersion } from './bundle.ts';
import { everything, fhirOf } from './server.ts';
import { leaflet, type Unopened } from './leaflet.ts';

export interface Whom {
  id: string;
  name: string;
}

/** Where all of it comes from, so that tests can be it. */
export interface ExportPorts {
  /** All pages of the list. */
  records(): Promise<RecordView[]>;
  get(record: string, ver: number): Promise<SealedVersion>;
  block(cid: string, record: string): Promise<Bytes>;
  profile(): Promise<Profile>;
  visits(): Promise<VisitView[]>;
  consents(): Promise<Consent[]>;
  fhir(consent: string): Promise<unknown>;
  looks(): Promise<Look[]>;
  /** What the server knows, as it says it itself: contacts, sessions, erasures and the rest. */
  everything(): Promise<unknown>;
  /** Public keys and sealed backups: with the password they open what is sealed, without us. */
  keys(): Promise<unknown>;
  now(): number;
}

/** Answers about a record that nobody is given any more: erased, or kept by law (RFC 7725). */
const GONE = new Set([404, 410, 451]);

/** Versions done, of all. */
export type Progress = (done: number, all: number) => void;

interface Gathered {
  opened: OpenedVersion[];
  unopened: Unopened[];
}

/** The archive. Throws what should be tried again; what does not open is in it sealed, and named. */
export async function exportAll(whom: Whom, mine: MyIdentity | null, consentLine: (one: Consent) => string, ports: ExportPorts, progress: Progress): Promise<{ zip: Blob } & Gathered> {
  const now = ports.now();
  const archive = new Archive(new Date(now));
  const told: unknown[] = [];
  // First, because it asks once more who one is.
  const known = await ports.everything();
  const [profile, visits, given, looks, keys] = await Promise.all([ports.profile(), ports.visits(), ports.consents(), ports.looks(), ports.keys()]);
  for (const one of given) told.push(await ports.fhir(one.id));
  const found = await versions(await ports.records(), mine, archive, ports, progress);
  for (const [name, value] of Object.entries({ everything: known, profile, visits, consents: given, looked: looks, keys })) archive.json(`data/${name}.json`, value);
  archive.json('bundle.json', bundle({ person: whom, profile, visits, opened: found.opened, consents: told, now }));
  archive.text('index.html', leaflet({ name: whom.name, profile, ...found, consents: given, consentLine, looks, now }));
  return { zip: await archive.done(), ...found };
}

async function versions(records: readonly RecordView[], mine: MyIdentity | null, archive: Archive, ports: ExportPorts, progress: Progress): Promise<Gathered> {
  const found: Gathered = { opened: [], unopened: [] };
  const all = records.reduce((sum, one) => sum + one.ver, 0);
  let done = 0;
  for (const record of records) {
    for (let ver = 1; ver <= record.ver; ver += 1) {
      await version(record, ver, mine, archive, found, ports);
      progress((done += 1), all);
    }
  }
  return found;
}

async function version(record: RecordView, ver: number, mine: MyIdentity | null, archive: Archive, found: Gathered, ports: ExportPorts): Promise<void> {
  const got = await given(record, ver, ports);
  if (got === null) {
    found.unopened.push({ id: record.id, ver, at: record.at, sealed: false });
    return;
  }
  const { object, wraps } = fromGeneral(got);
  archive.json(`sealed/${record.id}-v${ver}.jwe.json`, toGeneral(object, wraps));
  const opened = await openIt(record.id, mine, async () => got);
  const version = got.versions.find((one) => one.ver === ver);
  const at = version?.at ?? record.at;
  if (opened.kind !== 'open') {
    found.unopened.push({ id: record.id, ver, at, sealed: true });
    return;
  }
  const block = async (cid: string): Promise<Bytes> => {
    const bytes = await ports.block(cid, record.id);
    if (!archive.has(`sealed/blocks/${cid}`)) archive.bytes(`sealed/blocks/${cid}`, bytes);
    return bytes;
  };
  const path = await readable(record.id, ver, opened.content, archive, (file) => openFile(file, opened.chunks, block, () => undefined));
  found.opened.push({ record, ver, at: opened.head.at, author: version?.author ?? record.author, content: opened.content, path });
}

/** A version as it is kept. Null when it is given to nobody any more: the law keeps it, or it was erased meanwhile. */
async function given(record: RecordView, ver: number, ports: ExportPorts): Promise<SealedVersion | null> {
  try {
    return await ports.get(record.id, ver);
  } catch (error) {
    if (error instanceof Problem && GONE.has(error.status)) return null;
    throw error;
  }
}

/** Puts the readable form in, and says where. */
async function readable(id: string, ver: number, content: Content, archive: Archive, open: (file: FileManifest) => Promise<Bytes>): Promise<string> {
  const place = `opened/${id}-v${ver}`;
  if (content.kind !== 'document' && content.kind !== 'image') {
    archive.json(`${place}.json`, content.kind === 'transcript' ? content.transcript : content);
    return `${place}.json`;
  }
  const path = `${place}-${plainName(content.name)}`;
  archive.bytes(path, await open(content));
  return path;
}

async function everyRecord(): Promise<RecordView[]> {
  const all: RecordView[] = [];
  for (let after: string | undefined; ; ) {
    const page = await recordServer.list(after === undefined ? {} : { after });
    all.push(...page.records);
    if (page.next === null) return all;
    after = page.next;
  }
}

/** The ports, as the page has them. */
export function exportPorts(now: () => number): ExportPorts {
  return {
    records: everyRecord, get: recordServer.get, block: recordServer.block, profile: doorServer.profile, visits: api.visits, consents: consents.list, fhir: fhirOf, looks: audit.mine, everything, keys: keyServer.mine, now,
  };
}
