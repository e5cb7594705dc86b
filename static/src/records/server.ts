/** What is asked of the server about records. */
import { ask } from '../api.ts';
import type { GeneralJwe } from '../seal/jwe.ts';
import { list, number, type Of, record, text, word } from '../shape.ts';
import { doctorView } from '../wire.ts';

const recordView = record({
  id: text, visit: text, kind: word('transcript'), ver: number, at: number, doctor: doctorView, patient: text, cid: text, size: number,
});
/** What the server may know of a record: whose and when, nothing of what is in it. */
export type RecordView = Of<typeof recordView>;

const records = record({ records: list(recordView), unsealed: list(text) });
export type Records = Of<typeof records>;

const jwe = record({
  protected: text, iv: text, ciphertext: text, tag: text,
  recipients: list(record({ header: record({ alg: text, kid: text }), encrypted_key: text })),
});

export interface NewRecord extends GeneralJwe {
  visit: string;
  id: string;
  /** 32 bytes, base64url: what the commitment is salted with. */
  salt: string;
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
