/** Records: JWE (RFC 7516) in general JSON form, one content key, one wrap per key that may open it, and the object that is stored. */
import { BadBytes, type Bytes, base32Lower, base64url, concat, fromBase64url, fromUtf8, Reader, random, same, utf8, Writer } from './bytes.ts';
import { isKind, mediaType, type RecordKind } from './kinds.ts';
import { pad, unpad } from './padme.ts';
import { gcmOpen, gcmSeal, hmac, sha256, Unopened } from './primitives.ts';
import { unwrapKey, wrapKey } from './transcript.ts';

/** Largest object, in bytes: one raw block. */
export const MAX_OBJECT = 1024 * 1024;
const TAG = 16;
const IV = 12;
/** The protected header's fields, in their order. */
const FIELDS = ['enc', 'typ', 'cty', 'rec', 'ver', 'kind', 'patient', 'visit', 'key', 'at', 'kc'];

/** What is said about a record in the clear, and can't be changed without breaking the seal. */
export interface RecordHead {
  /** Record id. */
  rec: string;
  /** Version of the record, 1 and up. */
  ver: number;
  kind: RecordKind;
  /** Whose it is; a transcript, which is of its visit's patient, doesn't say. */
  patient?: string;
  /** The visit it comes from, if it comes from one. */
  visit?: string;
  /** Id of the author's key. */
  key: string;
  /** ms since 1970. */
  at: number;
}

export interface Recipient {
  /** Id of the key. */
  kid: string;
  /** SPKI. */
  rsa: Bytes;
}

/** The content key, wrapped for one key. Lives in the database only. */
export interface Wrap {
  kid: string;
  /** Base64url. */
  encrypted_key: string;
}

/** A sealed record: the object that is stored, and who can open it. */
export interface SealedRecord {
  object: Bytes;
  cid: string;
  wraps: Wrap[];
}

/** A wrap as JOSE writes it. */
export interface GeneralRecipient {
  header: { alg: string; kid: string };
  encrypted_key: string;
}

/** General JSON serialisation (RFC 7516 §7.2.1), as any JOSE library reads it. */
export interface GeneralJwe {
  protected: string;
  recipients: GeneralRecipient[];
  iv: string;
  ciphertext: string;
  tag: string;
}

/** The content key does not fit the commitment: somebody made a record that opens differently for different people. */
export class Uncommitted extends Error {}

/** The commitment to a content key that stands in the protected header. */
export async function keyCommitment(key: Bytes): Promise<string> {
  return base64url(await hmac(key, utf8('vaidya/kc/v1')));
}

function protectedOf(head: RecordHead, kc: string): string {
  const { rec, ver, kind, patient, visit, key, at } = head;
  // What is undefined is left out, here and in the server's twin.
  return base64url(utf8(JSON.stringify({ enc: 'A256GCM', typ: 'vaidya-record', cty: mediaType(kind), rec, ver, kind, patient, visit, key, at, kc })));
}

/** The object's bytes: what is stored, hashed and committed to. */
export function encodeObject(header: string, iv: Bytes, sealed: Bytes): Bytes {
  const head = utf8(header);
  const object = new Writer().u32(head.length).raw(head).fixed(iv, IV).raw(sealed).done();
  if (object.length > MAX_OBJECT) throw new BadBytes('the record is too large for one block');
  return object;
}

interface Parts {
  header: string;
  iv: Bytes;
  /** Ciphertext ‖ tag. */
  sealed: Bytes;
}

function parseObject(object: Bytes): Parts {
  const reader = new Reader(object);
  const parts = { header: fromUtf8(reader.raw(reader.u32())), iv: reader.raw(IV), sealed: reader.rest() };
  if (object.length > MAX_OBJECT || parts.sealed.length < TAG) throw new BadBytes('not an object');
  return parts;
}

/** The content identifier of an object: CIDv1, raw, SHA-256, base32. */
export async function cidOf(object: Bytes): Promise<string> {
  return `b${base32Lower(concat(Uint8Array.of(0x01, 0x55, 0x12, 0x20), await sha256(object)))}`;
}

/** What goes to the ledger: says nothing without the salt (32 bytes). */
export async function commitmentOf(kind: string, salt: Bytes, object: Bytes): Promise<Bytes> {
  const message = new Writer().label('vaidya/commit/v1').sized(utf8(kind)).fixed(salt, 32);
  return sha256(message.raw(await sha256(object)).done());
}

/** Wraps a content key for several keys. */
export function wrapFor(recipients: readonly Recipient[], key: Bytes): Promise<Wrap[]> {
  return Promise.all(recipients.map(async ({ kid, rsa }) => ({ kid, encrypted_key: base64url(await wrapKey(rsa, key)) })));
}

/** Seals JSON text for these keys. `luck` is the content key (32) and iv (12), fresh for every version. */
export async function sealRecord(
  head: RecordHead,
  json: string,
  recipients: readonly Recipient[],
  luck: { key: Bytes; iv: Bytes } = { key: random(32), iv: random(IV) },
): Promise<SealedRecord> {
  const header = protectedOf(head, await keyCommitment(luck.key));
  const sealed = await gcmSeal(luck.key, luck.iv, utf8(header), pad(utf8(json)));
  const object = encodeObject(header, luck.iv, sealed);
  return { object, cid: await cidOf(object), wraps: await wrapFor(recipients, luck.key) };
}

function fields(header: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(fromUtf8(fromBase64url(header)));
  } catch {
    throw new BadBytes('a header that can’t be read');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new BadBytes('a header that is no object');
  return { ...value };
}

function headOf(header: string): { head: RecordHead; kc: string } {
  const value = fields(header);
  const word = (name: string): string => {
    const one = value[name];
    if (typeof one !== 'string') throw new BadBytes(`the header has no ${name}`);
    return one;
  };
  const count = (name: string): number => {
    const one = value[name];
    if (typeof one !== 'number' || !Number.isSafeInteger(one)) throw new BadBytes(`the header has no ${name}`);
    return one;
  };
  if (word('enc') !== 'A256GCM' || word('typ') !== 'vaidya-record') throw new BadBytes('not a record of ours');
  if (Object.keys(value).some((name) => !FIELDS.includes(name))) throw new BadBytes('a header that asks for what we don’t do');
  const kind = isKind(word('kind'));
  if (kind === null || word('cty') !== mediaType(kind)) throw new BadBytes('a kind of record that we don’t know');
  const of = { ...('patient' in value && { patient: word('patient') }), ...('visit' in value && { visit: word('visit') }) };
  return { head: { rec: word('rec'), ver: count('ver'), kind, ...of, key: word('key'), at: count('at') }, kc: word('kc') };
}

/** What an object says of itself in the clear. Not to be believed before it opened. */
export function readHead(object: Bytes): RecordHead {
  return headOf(parseObject(object).header).head;
}

export interface OpenedRecord {
  head: RecordHead;
  /** The JSON text. */
  json: string;
}

/** Opens an object with its content key; the commitment is checked first. Throws {@link Uncommitted}, `Unopened` or {@link BadBytes}. */
export async function openWithKey(object: Bytes, key: Bytes): Promise<OpenedRecord> {
  const { header, iv, sealed } = parseObject(object);
  const { head, kc } = headOf(header);
  if (!same(utf8(await keyCommitment(key)), utf8(kc))) throw new Uncommitted('the content key is not the one that was committed to');
  const padded = await gcmOpen(key, iv, utf8(header), sealed);
  return { head, json: fromUtf8(unpad(padded)) };
}

/** Opens an object with the wrap for one of our keys. `then` gets the content key too, before it is wiped: for chunks. Throws as {@link openWithKey}. */
export async function openRecord(object: Bytes, wrap: Wrap, mine: CryptoKey): Promise<OpenedRecord>;
export async function openRecord<T>(object: Bytes, wrap: Wrap, mine: CryptoKey, then: (opened: OpenedRecord, key: Bytes) => Promise<T>): Promise<T>;
export async function openRecord<T>(object: Bytes, wrap: Wrap, mine: CryptoKey, then?: (opened: OpenedRecord, key: Bytes) => Promise<T>): Promise<T | OpenedRecord> {
  const key = await unwrapKey(mine, fromBase64url(wrap.encrypted_key));
  try {
    const opened = await openWithKey(object, key);
    return then === undefined ? opened : await then(opened, key);
  } finally {
    key.fill(0);
  }
}

/** One more key that can open the record: the object stays as it is, byte by byte. */
export async function addRecipient(wrap: Wrap, mine: CryptoKey, recipient: Recipient): Promise<Wrap> {
  const key = await unwrapKey(mine, fromBase64url(wrap.encrypted_key));
  const [added] = await wrapFor([recipient], key);
  key.fill(0);
  if (added === undefined) throw new Unopened('nothing was wrapped');
  return added;
}

/** The record as a JWE for anybody's JOSE library. The plaintext is padded: see {@link unpad}. */
export function toGeneral(object: Bytes, wraps: readonly Wrap[]): GeneralJwe {
  const { header, iv, sealed } = parseObject(object);
  return {
    protected: header,
    recipients: wraps.map(({ kid, encrypted_key }) => ({ header: { alg: 'RSA-OAEP-256', kid }, encrypted_key })),
    iv: base64url(iv),
    ciphertext: base64url(sealed.subarray(0, sealed.length - TAG)),
    tag: base64url(sealed.subarray(sealed.length - TAG)),
  };
}

/** The record as it is handed in: the clinic's wrap (of key `clinic`) stands apart from those of people. */
export function forServer(object: Bytes, wraps: readonly Wrap[], clinic: string | null): GeneralJwe & { clinic?: GeneralRecipient } {
  const { recipients, ...sealed } = toGeneral(object, wraps);
  const ofClinic = recipients.find((one) => one.header.kid === clinic);
  return { ...sealed, recipients: recipients.filter((one) => one !== ofClinic), ...(ofClinic !== undefined && { clinic: ofClinic }) };
}

/** A JWE in general form as object and wraps. Throws {@link BadBytes} when it is none of ours. */
export function fromGeneral(jwe: GeneralJwe): { object: Bytes; wraps: Wrap[] } {
  headOf(jwe.protected);
  const tag = fromBase64url(jwe.tag);
  if (tag.length !== TAG) throw new BadBytes('a tag of another length');
  const wraps = jwe.recipients.map(({ header, encrypted_key }) => {
    if (header.alg !== 'RSA-OAEP-256') throw new BadBytes('wrapped in another way than ours');
    return { kid: header.kid, encrypted_key };
  });
  return { object: encodeObject(jwe.protected, fromBase64url(jwe.iv), concat(fromBase64url(jwe.ciphertext), tag)), wraps };
}
