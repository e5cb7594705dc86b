/** A log of its own for the tests of the verifier: trees and proofs as RFC 6962 defines them, word by word, on another machinery than the pages'. */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';

export type Raw = Uint8Array<ArrayBuffer>;

export const raw = (bytes: Uint8Array): Raw => new Uint8Array(bytes);

export function sha(...parts: (Uint8Array | string)[]): Raw {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return raw(hash.digest());
}

export const leafOf = (leaf: Uint8Array): Raw => sha(Uint8Array.of(0), leaf);
const node = (left: Uint8Array, right: Uint8Array): Raw => sha(Uint8Array.of(1), left, right);

/** The largest power of two below n. */
function half(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/** MTH of RFC 6962 §2.1. */
export function root(leaves: readonly Uint8Array[]): Raw {
  if (leaves.length === 0) return sha();
  const [only] = leaves;
  if (leaves.length === 1 && only !== undefined) return leafOf(only);
  const k = half(leaves.length);
  return node(root(leaves.slice(0, k)), root(leaves.slice(k)));
}

/** PATH of RFC 6962 §2.1.1. */
export function path(index: number, leaves: readonly Uint8Array[]): Raw[] {
  if (leaves.length <= 1) return [];
  const k = half(leaves.length);
  return index < k
    ? [...path(index, leaves.slice(0, k)), root(leaves.slice(k))]
    : [...path(index - k, leaves.slice(k)), root(leaves.slice(0, k))];
}

/** PROOF of RFC 6962 §2.1.2. */
export function consistency(before: number, leaves: readonly Uint8Array[]): Raw[] {
  const sub = (m: number, of: readonly Uint8Array[], whole: boolean): Raw[] => {
    if (m === of.length) return whole ? [] : [root(of)];
    const k = half(of.length);
    return m <= k ? [...sub(m, of.slice(0, k), whole), root(of.slice(k))] : [...sub(m - k, of.slice(k), false), root(of.slice(0, k))];
  };
  return sub(before, leaves, true);
}

const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Somebody who signs notes. `use` is 1 for a log, 4 for a validator. */
export class Hand {
  private readonly key: KeyObject;
  readonly ed: Raw;

  constructor(readonly name: string, readonly use: 1 | 4) {
    this.key = createPrivateKey({ key: Buffer.concat([PKCS8, sha('seed', name, String(use))]), format: 'der', type: 'pkcs8' });
    this.ed = raw(createPublicKey(this.key).export({ format: 'der', type: 'spki' }).subarray(-32));
  }

  get id(): Buffer {
    return Buffer.from(sha(`${this.name}\n`, Uint8Array.of(this.use), this.ed)).subarray(0, 4);
  }

  get vkey(): string {
    return `${this.name}+${this.id.toString('hex')}+${Buffer.concat([Uint8Array.of(this.use), this.ed]).toString('base64')}`;
  }

  bytes(message: string): Raw {
    return raw(sign(null, Buffer.from(message), this.key));
  }

  /** The line with this signature, at this time (s) for a validator. */
  line(text: string, time = 1_700_000_000): string {
    if (this.use === 1) return `— ${this.name} ${Buffer.concat([this.id, this.bytes(text)]).toString('base64')}\n`;
    const stamp = Buffer.alloc(8);
    stamp.writeBigUInt64BE(BigInt(time));
    return `— ${this.name} ${Buffer.concat([this.id, stamp, this.bytes(`cosignature/v1\ntime ${time}\n${text}`)]).toString('base64')}\n`;
  }
}

export const ORIGIN = 'clinic.example/ledger';

/** A log with four validators. */
export class Log {
  readonly hand = new Hand(ORIGIN, 1);
  readonly validators = [0, 1, 2, 3].map((i) => new Hand(`${ORIGIN}/v${i}`, 4));
  readonly leaves: Uint8Array[] = [];

  get policy() {
    return { log: this.hand.vkey, validators: this.validators.map((one) => one.vkey), threshold: 3 };
  }

  /** The head of the first `size` leaves, signed by the log and so many validators. */
  checkpoint(size = this.leaves.length, signers = 3): string {
    const text = `${ORIGIN}\n${size}\n${Buffer.from(root(this.leaves.slice(0, size))).toString('base64')}\n`;
    return `${text}\n${this.hand.line(text)}${this.validators.slice(0, signers).map((one) => one.line(text)).join('')}`;
  }

  /** A proof file about a leaf. */
  proof(index: number, extra: Uint8Array | null, size = this.leaves.length): string {
    const lines = path(index, this.leaves.slice(0, size)).map((one) => Buffer.from(one).toString('base64'));
    const more = extra === null ? [] : [`extra ${Buffer.from(extra).toString('base64')}`];
    return `${['c2sp.org/tlog-proof@v1', ...more, `index ${index}`, ...lines].join('\n')}\n\n${this.checkpoint(size)}`;
  }
}

export function u(value: number, length: number): Raw {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return raw(bytes.subarray(8 - length));
}

export const join = (...parts: (Uint8Array | string)[]): Raw => raw(Buffer.concat(parts.map((one) => Buffer.from(one))));
export const sized = (bytes: Uint8Array | string): Raw => join(u(Buffer.from(bytes).length, 2), bytes);

interface Said {
  kind: number;
  reference: Uint8Array;
  parent?: Uint8Array;
  commitment?: Uint8Array;
  attachment?: Uint8Array;
  outcome?: number;
  at?: number;
}

/** The leaf of an entry. */
export function leaf({ kind, reference, parent = new Uint8Array(32), commitment = new Uint8Array(32), attachment = new Uint8Array(), outcome = 0, at = 1_763_000_000_000 }: Said): Raw {
  const entry = join(
    u(1, 1), u(kind, 1), new Uint8Array(16).fill(1), u(7, 8), new Uint8Array(16).fill(2), reference, parent, commitment,
    u(0, 8), new Uint8Array(64).fill(3), new Uint8Array(64).fill(4), sized(attachment));
  return join(u(outcome, 1), u(5, 8), u(at, 8), entry);
}

/** The leaf that ends a batch. */
export const mapLeaf = (rootOfMap: Uint8Array, at = 1_763_000_000_000): Raw => join(u(255, 1), u(5, 8), u(at, 8), rootOfMap);

export const uuid = (id: string): Raw => raw(Buffer.from(id.replaceAll('-', ''), 'hex'));

export const reference = (word: string, id: string, version?: number): Raw =>
  sha('vaidya/ledger/ref/v1', word, uuid(id), ...(version === undefined ? [] : [u(version, 4)]));

export const commitment = (sort: string, salt: Uint8Array, hash: Uint8Array): Raw => sha('vaidya/commit/v1', sized(sort), salt, hash);

export function opening(leafBytes: Uint8Array, word: string, id: string, version: number, ...how: (Uint8Array | string)[]): Raw {
  return join(u(1, 1), sized(leafBytes), sized(word), uuid(id), u(version, 4), ...how);
}
