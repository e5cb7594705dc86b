/** What is asked of the server about records. */
import { ask, askBytes, nothing } from '../api.ts';
import type { Bytes } from '../seal/bytes.ts';
import type { GeneralJwe, GeneralRecipient } from '../seal/jwe.ts';
import { KINDS, type RecordKind } from '../seal/kinds.ts';
import { flag, list, maybe, number, type Of, record, text, word } from '../shape.ts';
import { deliver } from '../upload.ts';
import { doctorView, type VisitView, visitView } from '../wire.ts';

const recordView = record({
  id: text, kind: word(...KINDS), patient_id: text, patient: text, department: maybe(text),
  /** The visit it comes from, and its doctor. */
  visit: maybe(text), doctor: maybe(doctorView),
  /** Who sealed the newest version, and whether that was the patient's side. */
  author: text, own: flag,
  /** The record it asks to have corrected; whether somebody asked for a correction of this one since it was changed last. */
  corrects: maybe(text), asked: flag,
  /** The newest version, from 1; when it was sealed, as its author's clock says. */
  ver: number, at: number,
  /** Its block; and how many further ones there are. */
  cid: text, size: number, blocks: number,
  /** The clinic can open it. */
  custody: flag,
  /** The law keeps it after the patient wanted it gone: doctors don't see it any more. */
  restricted: flag,
});
/** What the server may know of a record: whose and when, nothing of what is in it. */
export type RecordView = Of<typeof recordView>;

/** `next`: where the next page begins, when there is one. */
const records = record({ records: list(recordView), next: maybe(text), unsealed: list(text) });
export type Records = Of<typeof records>;

const version = record({ ver: number, author: text, own: flag, at: number, cid: text, size: number, blocks: number });
/** A version of a record, seen from outside. */
export type VersionView = Of<typeof version>;

const sealed = record({
  protected: text, iv: text, ciphertext: text, tag: text,
  recipients: list(record({ header: record({ alg: text, kid: text }), encrypted_key: text })),
  /** Which version this is, the record as lists show it, all its versions, and this one's further blocks. */
  ver: number, record: recordView, versions: list(version), blocks: list(text),
});
/** A sealed version as the server gives it. */
export type SealedVersion = Of<typeof sealed>;

const upload = record({ id: text, have: list(text), bytes: number, expires: number });
/** Blocks that wait for their record: what came so far. */
export type Upload = Of<typeof upload>;

const patient = record({ id: text, name: text, birth_year: maybe(number), last_visit: number });
/** A patient whom the doctor here treats or treated. */
export type TreatedPatient = Of<typeof patient>;

/** Which records are wanted. */
export interface Filter {
  patient?: string;
  kind?: RecordKind;
  department?: string;
  /** Kept at or after, and before; ms since 1970. */
  from?: number;
  to?: number;
  /** The page after this record. */
  after?: string;
}

export interface NewRecord extends GeneralJwe {
  id: string;
  /** Whose it is; a transcript is its visit's patient's. */
  patient?: string;
  visit?: string;
  department?: string;
  /** 32 bytes, base64url: what the commitment is salted with. */
  salt: string;
  /** What its author's key says of it to the log, base64url. */
  said?: string;
  /** The content key for the clinic, where its custody says so. */
  clinic?: GeneralRecipient;
  /** The CIDs of further blocks, in their order: uploaded before. */
  blocks?: string[];
  /** The record that this note asks to have corrected. */
  corrects?: string;
}

/** The server's side of records, so that tests can be one. */
export interface RecordServer {
  list(filter?: Filter): Promise<Records>;
  get(record: string, ver?: number): Promise<SealedVersion>;
  add(record: NewRecord): Promise<RecordView>;
  /** A newer version; `amended` when somebody was first. */
  amend(record: NewRecord): Promise<RecordView>;
  block(cid: string, record: string): Promise<Bytes>;
  beginUpload(blocks: number, bytes: number): Promise<Upload>;
  upload(upload: string): Promise<Upload>;
  /** `progress` is told a share from 0 to 1. */
  putBlock(upload: string, cid: string, block: Bytes, progress?: (share: number) => void, stop?: AbortSignal): Promise<unknown>;
  endUpload(upload: string): Promise<unknown>;
  /** Doctor: those they have or had a visit with. */
  patients(): Promise<TreatedPatient[]>;
  /** The visits of a patient: one's own, or those of a child one answers for. */
  visits(patient: string): Promise<VisitView[]>;
}

const id = encodeURIComponent;

/** `?a=1&b=2`, without what is not said. */
function query(fields: Record<string, string | number | undefined>): string {
  const words = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${id(value)}`]));
  return words.length === 0 ? '' : `?${words.join('&')}`;
}

export const recordServer: RecordServer = {
  list: (filter) => ask('GET', `/records${query({ ...filter })}`, records),
  get: (one, ver) => ask('GET', `/records/${id(one)}${query({ ver })}`, sealed),
  add: (one) => ask('POST', '/records', recordView, one),
  amend: (one) => ask('POST', `/records/${id(one.id)}/versions`, recordView, one),
  block: (cid, one) => askBytes(`/blocks/${id(cid)}?record=${id(one)}`),
  beginUpload: (blocks, bytes) => ask('POST', '/uploads', upload, { blocks, bytes }),
  upload: (one) => ask('GET', `/uploads/${id(one)}`, upload),
  putBlock: (one, cid, block, progress = () => undefined, stop) =>
    deliver({ method: 'PUT', path: `/uploads/${id(one)}/blocks/${id(cid)}`, body: block, type: 'application/octet-stream', progress, ...(stop !== undefined && { stop }) }),
  endUpload: (one) => ask('DELETE', `/uploads/${id(one)}`, nothing),
  patients: () => ask('GET', '/patients', list(patient)),
  visits: (one) => ask('GET', `/visits?patient=${id(one)}`, list(visitView)),
};
