/** Passes: what browsers send each other through the server, which can't read the parts that matter. */
import { BadBytes, type Bytes, compare, Reader, random, uuidBytes, Writer } from './bytes.ts';
import { agree, gcmOpen, gcmSeal, hkdf } from './primitives.ts';

export const KINDS = { roster: 1, secret: 2, ready: 3, want: 4, reveal: 5, checked: 6, key: 7, hello: 8 } as const;

/** The kinds that are sealed for one pair. */
export type PairKind = 'reveal' | 'checked' | 'key';

export type Pass =
  | { kind: 'roster'; signed: Bytes }
  | { kind: 'secret'; epoch: number; wrap: Bytes }
  | { kind: 'ready' | 'want' | 'hello'; epoch: number }
  | { kind: PairKind; sealed: Bytes };

/** Largest pass, in bytes. */
export const MAX_PASS = 4096;

export function encodePass(pass: Pass): Bytes {
  const writer = new Writer().u8(KINDS[pass.kind]);
  if (pass.kind === 'roster') return writer.raw(pass.signed).done();
  if (pass.kind === 'secret') return writer.u64(pass.epoch).fixed(pass.wrap, 48).done();
  return 'sealed' in pass ? writer.raw(pass.sealed).done() : writer.u64(pass.epoch).done();
}

/** Reads a pass; throws {@link BadBytes}. */
export function decodePass(body: Bytes): Pass {
  if (body.length > MAX_PASS) throw new BadBytes('a pass that is too long');
  const reader = new Reader(body);
  const code = reader.u8();
  const kind = (Object.keys(KINDS) as (keyof typeof KINDS)[]).find((one) => KINDS[one] === code);
  if (kind === undefined) throw new BadBytes('a pass of an unknown kind');
  if (kind === 'roster') return { kind, signed: reader.rest() };
  if (kind === 'reveal' || kind === 'checked' || kind === 'key') return { kind, sealed: reader.rest() };
  const epoch = reader.u64();
  const pass: Pass = kind === 'secret' ? { kind, epoch, wrap: reader.raw(48) } : { kind, epoch };
  reader.end();
  return pass;
}

/** One direction between two people of one visit. */
export interface Way {
  visit: string;
  /** Seat of the sender. */
  from: string;
  /** Seat of the recipient. */
  to: string;
}

/** The key of two people for what isn't about an epoch. `theirs` is their X25519 key. */
export async function pairKey(mine: CryptoKey, theirs: Bytes, { visit, from, to }: Way): Promise<Bytes> {
  const seats = [uuidBytes(from), uuidBytes(to)].sort(compare);
  const info = new Writer().label('vaidya/pair/v1').uuid(visit);
  for (const seat of seats) info.raw(seat);
  return hkdf(await agree(mine, theirs), new Uint8Array(), info.done(), 32);
}

function pairAad(kind: PairKind, { visit, from, to }: Way): Bytes {
  return new Writer().u8(KINDS[kind]).uuid(visit).uuid(from).uuid(to).done();
}

/** Seals for one other person. `iv` is 12 random bytes. */
export async function pairSeal(key: Bytes, kind: PairKind, way: Way, plain: Bytes, iv: Bytes = random(12)): Promise<Bytes> {
  return new Writer().fixed(iv, 12).raw(await gcmSeal(key, iv, pairAad(kind, way), plain)).done();
}

/** Throws `Unopened` or {@link BadBytes}. */
export async function pairOpen(key: Bytes, kind: PairKind, way: Way, sealed: Bytes): Promise<Bytes> {
  const reader = new Reader(sealed);
  const iv = reader.raw(12);
  return gcmOpen(key, iv, pairAad(kind, way), reader.rest());
}

/** The place of a secret: who sends to whom in which epoch of which roster. */
export interface SecretWay extends Way {
  epoch: number;
  /** Hash of the signed roster. */
  roster: Bytes;
}

async function kek(mine: CryptoKey, theirs: Bytes, { visit, from, to, epoch, roster }: SecretWay): Promise<Bytes> {
  const info = new Writer().label('vaidya/epoch/v1').uuid(visit).u64(epoch).uuid(from).uuid(to).done();
  return hkdf(await agree(mine, theirs), roster, info, 32);
}

/** Wraps a sender's secret (32 bytes) for one member. The key is used for this secret only, so the iv is zero. */
export async function wrapSecret(mine: CryptoKey, theirs: Bytes, way: SecretWay, secret: Bytes): Promise<Bytes> {
  return gcmSeal(await kek(mine, theirs, way), new Uint8Array(12), new Uint8Array(), secret);
}

/** Throws `Unopened`. */
export async function unwrapSecret(mine: CryptoKey, theirs: Bytes, way: SecretWay, wrap: Bytes): Promise<Bytes> {
  return gcmOpen(await kek(mine, theirs, way), new Uint8Array(12), new Uint8Array(), wrap);
}
