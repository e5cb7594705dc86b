/** Sealing a record of any kind and handing it in: a file's blocks first, then the record; what was cut off goes on where it was. */
import { Problem } from '../api.ts';
import type { MyIdentity } from '../keys.ts';
import type { RecordKeys } from '../keys/record.ts';
import type { Sayer } from '../ledger/says.ts';
import { BadBytes, type Bytes, base64url, fromBase64url, random } from '../seal/bytes.ts';
import { blockSize, Chunks, chunkOf, layout, MAX_FILE } from '../seal/chunks.ts';
import { cidOf, forServer, type RecordHead, sealRecord, wrapFor } from '../seal/jwe.ts';
import { sha256 } from '../seal/primitives.ts';
import { type Correction, type FileType, INLINE, type LabResult } from './content.ts';
import type { NewRecord, RecordServer, RecordView } from './server.ts';

/** What is to be sealed. */
export type NewContent =
  | { kind: 'note'; title: string; text: string; /** Null for a note that stands for itself. */ corrects: Correction | null }
  | { kind: 'letter'; title: string; text: string }
  | { kind: 'lab'; title: string; taken_at: number; results: LabResult[] }
  | { kind: 'document' | 'image'; title: string; name: string; type: FileType; bytes: Bytes };

export interface Draft {
  patient: string;
  visit: string | null;
  department: string | null;
  content: NewContent;
  /** The record this is a newer version of, and that version's number. Null for a new record. */
  amends: { record: string; ver: number } | null;
}

/** What sending needs done elsewhere. */
export interface SendPorts {
  identity(): Promise<MyIdentity | null>;
  keysOf(patient: string, visit: string | null): Promise<RecordKeys>;
  server: Pick<RecordServer, 'add' | 'amend' | 'beginUpload' | 'upload' | 'putBlock'>;
  uuid(): string;
  /** ms since 1970. */
  now(): number;
  /** What the author's key says to the log; nothing where there is none. */
  sayer?: Pick<Sayer, 'record'>;
}

export type Sent =
  | { kind: 'sealed'; record: RecordView }
  /** Our keys can't be used here now. */
  | { kind: 'no_key' }
  /** These have keys that this browser did not see before: nothing is sealed for them until the person here says so. */
  | { kind: 'new_key'; people: string[] }
  /** The server shows keys that are not bound to whose they should be: nothing is sealed. */
  | { kind: 'bad_key' }
  /** Neither the patient nor the clinic has a key: nobody there could ever open it. */
  | { kind: 'no_reader' }
  /** Somebody amended it first: open it again. */
  | { kind: 'amended' }
  /** More than a record can hold. */
  | { kind: 'too_large' };

/** What must be known to go on in another page: the record, its version's content key, and the server's upload once it has begun. */
export interface Begun {
  record: string;
  /** Base64url. */
  key: string;
  upload: string | null;
}

/** How far it is: bytes of sealed blocks that arrived, of all. */
export type Progress = (sent: number, all: number) => void;

/** What a caller may want besides the outcome. */
export interface Sidelines {
  progress?: Progress;
  /** Goes on with what an earlier page began: the content must be the same, byte by byte. */
  begun?: Begun;
  /** An upload has begun: from here on it can be gone on with. */
  keep?(begun: Begun): Promise<unknown>;
  stop?: AbortSignal;
}

/** How often a record is wrapped anew when keys change while it is handed in. */
const TRIES = 3;

/** One record on its way. {@link run} may be called again after it threw: what arrived stays. */
export class Sending {
  private readonly record: string;
  private readonly ver: number;
  private readonly key: Bytes;
  private chunks: Promise<Chunks> | null = null;
  private upload: string | null;
  /** The CIDs of the blocks, once sealed: the same content gives the same ones. */
  private cids: string[] = [];
  /** All of them arrived. */
  private arrived = false;
  private readonly salt = base64url(random(32));
  /** The sealed record: handed in again byte by byte, so that the server knows it when only its answer was lost. */
  private object: { by: string; bytes: Bytes } | null = null;

  constructor(
    private readonly draft: Draft,
    private readonly ports: SendPorts,
    private readonly besides: Sidelines = {},
  ) {
    const { begun } = besides;
    this.record = draft.amends?.record ?? begun?.record ?? ports.uuid();
    this.key = begun === undefined ? random(32) : fromBase64url(begun.key);
    this.upload = begun?.upload ?? null;
    this.ver = draft.amends === null ? 1 : draft.amends.ver + 1;
  }

  /** What another page needs to go on with it. */
  get begun(): Begun {
    return { record: this.record, key: base64url(this.key), upload: this.upload };
  }

  /** Seals and hands in, or goes on with it. Throws what the server or the line throws: call it again. */
  async run(): Promise<Sent> {
    const { content } = this.draft;
    if ('bytes' in content && content.bytes.length > MAX_FILE) return { kind: 'too_large' };
    try {
      return await this.handIn(await this.json(content));
    } catch (error) {
      if (error instanceof Problem && error.code === 'block_missing') this.arrived = false;
      if (error instanceof Problem && error.code === 'no_reader') return { kind: 'no_reader' };
      if (error instanceof Problem && error.code === 'amended') return { kind: 'amended' };
      if (error instanceof BadBytes || (error instanceof Problem && error.status === 413)) return { kind: 'too_large' };
      throw error;
    }
  }

  private async json(content: NewContent): Promise<string> {
    if (!('bytes' in content)) {
      const { kind: _, ...said } = content;
      return JSON.stringify({ v: 1, ...said });
    }
    const { title, name, type, bytes } = content;
    const head = { v: 1, title, name, type, size: bytes.length, sha256: base64url(await sha256(bytes)) };
    if (bytes.length <= INLINE) return JSON.stringify({ ...head, data: base64url(bytes) });
    return JSON.stringify({ ...head, chunks: await this.sendChunks(bytes) });
  }

  private async sendChunks(bytes: Bytes): Promise<{ cid: string; size: number }[]> {
    if (!this.arrived) await this.sendMissing(bytes);
    this.arrived = true;
    return this.cids.map((cid, index) => ({ cid, size: blockSize(bytes.length, index) }));
  }

  private async sendMissing(bytes: Bytes): Promise<void> {
    const { count } = layout(bytes.length);
    const have = new Set((await this.uploadOf(bytes)).have);
    this.chunks ??= Chunks.of(this.key, this.record, this.ver);
    const chunks = await this.chunks;
    const all = sealedSize(bytes.length);
    let sent = 0;
    for (let index = 0; index < count; index += 1) {
      const told = (share: number): void => this.besides.progress?.(sent + share * blockSize(bytes.length, index), all);
      told(0);
      const known = this.cids[index];
      if (known === undefined || !have.has(known)) {
        const block = await chunks.seal(index, index === count - 1, chunkOf(bytes, index));
        const cid = await cidOf(block);
        this.cids[index] = cid;
        if (!have.has(cid)) await this.ports.server.putBlock(this.upload ?? '', cid, block, told, this.besides.stop);
      }
      sent += blockSize(bytes.length, index);
    }
    this.besides.progress?.(all, all);
  }

  /** The upload that was begun, or a new one when there is none (any more). */
  private async uploadOf(bytes: Bytes): Promise<{ have: string[] }> {
    const { server } = this.ports;
    if (this.upload !== null) {
      const begun = await server.upload(this.upload).catch(gone);
      if (begun !== null) return begun;
    }
    const begun = await server.beginUpload(layout(bytes.length).count, sealedSize(bytes.length));
    this.upload = begun.id;
    await this.besides.keep?.(this.begun);
    return begun;
  }

  private async handIn(json: string): Promise<Sent> {
    for (let tries = 1; ; tries += 1) {
      const sealed = await this.sealed(json);
      if ('kind' in sealed) return sealed;
      try {
        const { server } = this.ports;
        return { kind: 'sealed', record: await (this.ver === 1 ? server.add(sealed) : server.amend(sealed)) };
      } catch (error) {
        const changed = error instanceof Problem && error.code === 'keys_changed';
        if (!changed || tries >= TRIES) throw error;
      }
    }
  }

  /** The record sealed to whom it must be now, or why not. */
  private async sealed(json: string): Promise<NewRecord | Exclude<Sent, { kind: 'sealed' }>> {
    const { patient, visit, department, content } = this.draft;
    const mine = await this.ports.identity();
    if (mine === null) return { kind: 'no_key' };
    const { keys, clinic, consent, warnings } = await this.ports.keysOf(patient, visit);
    if (clinic === 'unbound' || warnings.some((one) => one.kind === 'unbound')) return { kind: 'bad_key' };
    if (warnings.length > 0) return { kind: 'new_key', people: warnings.map((one) => one.person) };
    if (this.object?.by !== mine.key) {
      const head: RecordHead = {
        rec: this.record, ver: this.ver, kind: content.kind, patient, ...(visit !== null && { visit }), key: mine.key, at: this.ports.now(),
      };
      this.object = { by: mine.key, bytes: (await sealRecord(head, json, [], { key: this.key, iv: random(12) })).object };
    }
    const recipients = [...keys, ...(clinic === null ? [] : [clinic])].map((one) => ({ kid: one.id, rsa: one.rsaBytes }));
    const wraps = await wrapFor(recipients, this.key);
    const handed = { record: this.record, ver: this.ver, kind: content.kind, visit, consent: consent ?? null, salt: fromBase64url(this.salt), object: this.object.bytes };
    const said = await this.ports.sayer?.record(mine.identity.ed, handed);
    return {
      id: this.record, patient, ...(visit !== null && { visit }), ...(department !== null && { department }), salt: this.salt, ...said,
      ...forServer(this.object.bytes, wraps, clinic?.id ?? null), ...(this.cids.length > 0 && { blocks: this.cids }),
      ...(this.ver === 1 && content.kind === 'note' && content.corrects !== null && { corrects: content.corrects.record }),
    };
  }
}

/** Bytes of all sealed blocks of a file of `length`. */
function sealedSize(length: number): number {
  return Array.from({ length: layout(length).count }, (_, index) => blockSize(length, index)).reduce((sum, one) => sum + one, 0);
}

/** An upload that was forgotten is begun anew. */
function gone(error: unknown): null {
  if (error instanceof Problem && error.status === 404) return null;
  throw error;
}
