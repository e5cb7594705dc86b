/** Who comes into a call: a key made for this join, signed by the person it belongs to. */
import { type Bytes, Reader, random, same, Writer } from './bytes.ts';
import { sha256, sign, verify } from './primitives.ts';

export type SeatRole = 'doctor' | 'patient' | 'guest';

const ROLES: Record<SeatRole, number> = { doctor: 0, patient: 1, guest: 2 };

/** Whether somebody's keys outlive the tab: guests' don't, nor those of a patient who came by a link. */
export function lasts(one: { role: SeatRole; lasting?: boolean }): boolean {
  return one.lasting ?? one.role !== 'guest';
}

/** An Ed25519 pair, the private half as a handle. */
export interface Signer {
  key: CryptoKey;
  /** 32 bytes. */
  ed: Bytes;
}

/** What this browser made for one join. Never stored. */
export interface Entry {
  /** The private X25519 key. */
  x: CryptoKey;
  /** 32 bytes. */
  xPublic: Bytes;
  signer: Signer;
  /** 16 bytes; shown to others only when they have committed to theirs. */
  nonce: Bytes;
  /** What `join` carries. */
  blob: Bytes;
}

/** What a blob says. */
export interface Member {
  /** X25519, 32 bytes. */
  x: Bytes;
  /** Ed25519, 32 bytes. */
  ed: Bytes;
  /** Of the nonce, 32 bytes. */
  commitment: Bytes;
}

/** A guest's pair; it lives as long as the tab. */
export async function makeGuest(): Promise<Signer> {
  const pair = (await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])) as CryptoKeyPair;
  return { key: pair.privateKey, ed: new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)) };
}

export function nonceCommitment(nonce: Bytes): Promise<Bytes> {
  return sha256(new Writer().label('vaidya/nonce/v1').fixed(nonce, 16).done());
}

function joinMessage(visit: string, role: SeatRole, x: Bytes, commitment: Bytes): Bytes {
  return new Writer().label('vaidya/join/v1').uuid(visit).u8(ROLES[role]).fixed(x, 32).fixed(commitment, 32).done();
}

/** The blob of a join. */
export async function makeBlob(visit: string, role: SeatRole, signer: Signer, x: Bytes, nonce: Bytes): Promise<Bytes> {
  const commitment = await nonceCommitment(nonce);
  const signature = await sign(signer.key, joinMessage(visit, role, x, commitment));
  return new Writer().u8(1).fixed(x, 32).fixed(signer.ed, 32).raw(commitment).fixed(signature, 64).done();
}

/** Makes the keys and the blob of one join. */
export async function enter(visit: string, role: SeatRole, signer: Signer): Promise<Entry> {
  const pair = (await crypto.subtle.generateKey('X25519', false, ['deriveBits'])) as CryptoKeyPair;
  const xPublic = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const nonce = random(16);
  return { x: pair.privateKey, xPublic, signer, nonce, blob: await makeBlob(visit, role, signer, xPublic, nonce) };
}

/**
 * What a blob says, when its signature is right for this visit and role and its key is one of `keys`
 * (the live keys of the person in that seat; null for whoever has none that last and may have any: a guest, or a patient
 * who came by a link). Null otherwise.
 */
export async function readMember(blob: Bytes, visit: string, role: SeatRole, keys: readonly Bytes[] | null): Promise<Member | null> {
  try {
    const reader = new Reader(blob);
    if (reader.u8() !== 1) return null;
    const [x, ed, commitment, signature] = [reader.raw(32), reader.raw(32), reader.raw(32), reader.raw(64)];
    reader.end();
    if (keys === null ? role === 'doctor' : !keys.some((one) => same(one, ed))) return null;
    return (await verify(ed, signature, joinMessage(visit, role, x, commitment))) ? { x, ed, commitment } : null;
  } catch {
    return null;
  }
}
