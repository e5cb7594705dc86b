/** What is asked of the server about records. */
import { ask } from '../api.ts';
import type { GeneralJwe, GeneralRecipient } from '../seal/jwe.ts';
import { KINDS } from '../seal/kinds.ts';
import { flag, list, maybe, number, type Of, record, text, word } from '../shape.ts';
import { doctorView } from '../wire.ts';

const recordView = record({
  id: text, kind: word(...KINDS), patient_id: text, patient: text, department: maybe(text),
  /** The visit it comes from, and its doctor. */
  visit: maybe(text), doctor: maybe(doctorView),
  /** Who sealed the newest version, and whether that was the patient. */
  author: text, own: flag,
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

const jwe = record({
  protected: text, iv: text, ciphertext: text, tag: text,
  recipients: list(record({ header: record({ alg: text, kid: text }), encrypted_key: text })),
});

export interface NewRecord extends GeneralJwe {
  id: string;
  /** Whose it is; a transcript is its visit's patient's. */
  patient?: string;
  visit?: string;
  department?: string;
  /** 32 bytes, base64url: what the commitment is salted with. */
  salt: string;
  /** The content key for the clinic, where its custody says so. */
  clinic?: GeneralRecipient;
  /** The CIDs of further blocks, in their order: uploaded before. */
  blocks?: string[];
}

/** The server's side of records, so that tests can be one. */
export interface RecordServer {
  list(): Promise<Records>;
  get(record: string): Promise<GeneralJwe>;
  add(record: NewRecord): Promise<RecordView>;
}

const id = encodeURIComponent;

export const recordServer: RecordServer = {
  list: () => ask('GET', '/records', records),
  get: (one) => ask('GET', `/records/${id(one)}`, jwe),
  add: (one) => ask('POST', '/records', recordView, one),
};
