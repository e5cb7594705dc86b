/** The chat of a visit: one key for its people, a signature under every message, and a chain that shows what is missing. */
import { BadBytes, type Bytes, fromUtf8, Reader, random, same, utf8, Writer } from './bytes.ts';
import { gcmOpen, gcmSeal, oaepOpen, oaepSeal, sha256, sign, Unopened, verify } from './primitives.ts';

/** 32 bytes. */
export type TranscriptKey = Bytes;

/** Who writes: an Ed25519 pair, the private half as a handle. */
export interface Author {
  key: CryptoKey;
  /** 32 bytes. */
  ed: Bytes;
}

/** A place in the chain: the sequence number of a message, and the hash of everything up to it. */
export interface Link {
  seq: number;
  hash: Bytes;
}

/** What the server keeps of a message. */
export interface SealedMessage {
  seq: number;
  id: string;
  seat: string;
  body: Bytes;
}

export function makeTranscriptKey(luck: Bytes = random(32)): TranscriptKey {
  return luck;
}

/** A key (transcript or content) wrapped for a person's RSA public key (SPKI). */
export function wrapKey(rsa: Bytes, key: Bytes): Promise<Bytes> {
  return oaepSeal(rsa, key);
}

/** Throws `Unopened` when the wrap is not for this key, {@link BadBytes} when it holds no key. */
export async function unwrapKey(rsa: CryptoKey, wrapped: Bytes): Promise<Bytes> {
  const key = await oaepOpen(rsa, wrapped);
  if (key.length !== 32) throw new BadBytes('a key has 32 bytes');
  return key;
}

/** The same key wrapped for one more public key; what it seals stays as it is. */
export async function rewrapKey(mine: CryptoKey, wrapped: Bytes, theirs: Bytes): Promise<Bytes> {
  const key = await unwrapKey(mine, wrapped);
  try {
    return await wrapKey(theirs, key);
  } finally {
    key.fill(0);
  }
}

function bodyAad(visit: string, message: string): Bytes {
  return new Writer().label('vaidya/chat/v1').uuid(visit).uuid(message).done();
}

async function sayMessage(visit: string, message: string, seen: Link, json: Bytes): Promise<Bytes> {
  const head = new Writer().label('vaidya/say/v1').uuid(visit).uuid(message);
  return head.u64(seen.seq).fixed(seen.hash, 32).raw(await sha256(json)).done();
}

export interface Writing {
  visit: string;
  message: string;
  author: Author;
  /** The last message the author had read. */
  seen: Link;
  text: string;
}

/** Seals a message into the body that goes over the wire. `iv` is 12 random bytes. */
export async function sealBody(key: TranscriptKey, writing: Writing, iv: Bytes = random(12)): Promise<Bytes> {
  const { visit, message, author, seen } = writing;
  const json = utf8(JSON.stringify({ text: writing.text }));
  const signature = await sign(author.key, await sayMessage(visit, message, seen, json));
  const inner = new Writer().u64(seen.seq).fixed(seen.hash, 32).fixed(author.ed, 32).fixed(signature, 64).raw(json).done();
  return new Writer().u8(1).fixed(iv, 12).raw(await gcmSeal(key, iv, bodyAad(visit, message), inner)).done();
}

/** A message that opened. Whether to believe it is {@link judge}'s to say. */
export interface Opened {
  text: string;
  /** The Ed25519 key it says it is from. */
  author: Bytes;
  /** Whether the signature under it is that key's. */
  signed: boolean;
  /** What the author had read when writing. */
  seen: Link;
}

function textOf(json: Bytes): string {
  let value: unknown;
  try {
    value = JSON.parse(fromUtf8(json));
  } catch {
    throw new BadBytes('a message that is not JSON');
  }
  if (typeof value !== 'object' || value === null || !('text' in value) || typeof value.text !== 'string') throw new BadBytes('a message without text');
  return value.text;
}

/** Opens a body. Throws `Unopened` for another key or a changed byte, {@link BadBytes} for a body that can't be read. */
export async function openBody(key: TranscriptKey, visit: string, message: string, body: Bytes): Promise<Opened> {
  const outer = new Reader(body);
  if (outer.u8() !== 1) throw new BadBytes('a body of another version');
  const iv = outer.raw(12);
  const inner = new Reader(await gcmOpen(key, iv, bodyAad(visit, message), outer.rest()));
  const seen = { seq: inner.u64(), hash: inner.raw(32) };
  const [author, signature, json] = [inner.raw(32), inner.raw(64), inner.rest()];
  const signed = await verify(author, signature, await sayMessage(visit, message, seen, json));
  return { text: textOf(json), author, signed, seen };
}

/** The chain of a visit's messages as this browser has it. */
export class Chain {
  private readonly hashes = new Map<number, Bytes>();
  private last: Link;

  private constructor(start: Link) {
    this.last = start;
    this.hashes.set(start.seq, start.hash);
  }

  static async of(visit: string): Promise<Chain> {
    return new Chain({ seq: 0, hash: await sha256(utf8('vaidya/chain/v1'), new Writer().uuid(visit).done()) });
  }

  /** Where the chain ends now. */
  get head(): Link {
    return this.last;
  }

  /** The hash after message `seq`, when we have it. */
  at(seq: number): Bytes | null {
    return this.hashes.get(seq) ?? null;
  }

  /** Takes the next message. False when it is not the next one: numbers go 1, 2, 3, …, so something is missing or doubled. */
  async push(message: SealedMessage): Promise<boolean> {
    const before = this.last;
    if (message.seq !== before.seq + 1) return false;
    const link = new Writer().raw(before.hash).u64(message.seq).uuid(message.id).uuid(message.seat).raw(await sha256(message.body)).done();
    const hash = await sha256(link);
    if (this.last !== before) return false;
    this.last = { seq: message.seq, hash };
    this.hashes.set(message.seq, hash);
    return true;
  }
}

/** What we think of a message: every field has its own place on the page. */
export type Verdict =
  | { read: false; why: 'sealed' | 'broken' }
  | {
      read: true;
      text: string;
      /** `seat`: signed by a key of that seat; `stranger`: by some other key; `forged`: by nobody. */
      author: 'seat' | 'stranger' | 'forged';
      /** `same`: the author had read what we have; `differs`: messages were changed, dropped or reordered; `unknown`: we don't have that place. */
      history: 'same' | 'differs' | 'unknown';
    };

function historyOf(chain: Chain, seq: number, seen: Link): 'same' | 'differs' | 'unknown' {
  if (seen.seq >= seq) return 'differs';
  const ours = chain.at(seen.seq);
  if (ours === null) return 'unknown';
  return same(ours, seen.hash) ? 'same' : 'differs';
}

/** Opens a message and judges it. `keys` are the Ed25519 keys of the seat it came from. Never throws. */
export async function judge(key: TranscriptKey, visit: string, message: SealedMessage, chain: Chain, keys: readonly Bytes[]): Promise<Verdict> {
  let opened: Opened;
  try {
    opened = await openBody(key, visit, message.id, message.body);
  } catch (error) {
    return { read: false, why: error instanceof Unopened ? 'sealed' : 'broken' };
  }
  const known = keys.some((one) => same(one, opened.author));
  const author = !opened.signed ? 'forged' : known ? 'seat' : 'stranger';
  return { read: true, text: opened.text, author, history: historyOf(chain, message.seq, opened.seen) };
}
