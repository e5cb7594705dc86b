/** The primitives as WebCrypto has them, with our fixed choices of parameters. Nothing here is our own invention. */
import { type Bytes, concat, utf8 } from './bytes.ts';

/** A seal that doesn't open: the key is wrong or a byte was changed. Nobody can tell which. */
export class Unopened extends Error {}

const subtle = crypto.subtle;

export async function sha256(...parts: readonly Uint8Array[]): Promise<Bytes> {
  return new Uint8Array(await subtle.digest('SHA-256', concat(...parts)));
}

/** HKDF-SHA-256 (RFC 5869); an empty salt is the RFC's default. */
export async function hkdf(secret: Bytes, salt: Bytes, info: Bytes, length: number): Promise<Bytes> {
  const key = await subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits']);
  return new Uint8Array(await subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt, info }, key, length * 8));
}

/** HKDF without salt, under a label. */
export function derive(secret: Bytes, label: string, length: number): Promise<Bytes> {
  return hkdf(secret, new Uint8Array(), utf8(label), length);
}

export async function hmac(secret: Bytes, message: Bytes): Promise<Bytes> {
  const key = await subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return new Uint8Array(await subtle.sign('HMAC', key, message));
}

/** AES-GCM with a 128-bit tag behind the ciphertext. */
export async function gcmSeal(secret: Bytes, iv: Bytes, aad: Bytes, plain: Bytes): Promise<Bytes> {
  const key = await subtle.importKey('raw', secret, 'AES-GCM', false, ['encrypt']);
  return new Uint8Array(await subtle.encrypt({ name: 'AES-GCM', iv, additionalData: aad, tagLength: 128 }, key, plain));
}

/** Throws {@link Unopened}. */
export async function gcmOpen(secret: Bytes, iv: Bytes, aad: Bytes, sealed: Bytes): Promise<Bytes> {
  const key = await subtle.importKey('raw', secret, 'AES-GCM', false, ['decrypt']);
  try {
    return new Uint8Array(await subtle.decrypt({ name: 'AES-GCM', iv, additionalData: aad, tagLength: 128 }, key, sealed));
  } catch {
    throw new Unopened('the seal does not open');
  }
}

export async function sign(key: CryptoKey, message: Bytes): Promise<Bytes> {
  return new Uint8Array(await subtle.sign('Ed25519', key, message));
}

/** Whether this is the signature of this Ed25519 key (32 bytes) under the message. Never throws. */
export async function verify(ed: Bytes, signature: Bytes, message: Bytes): Promise<boolean> {
  try {
    const key = await subtle.importKey('raw', ed, 'Ed25519', false, ['verify']);
    return await subtle.verify('Ed25519', key, signature, message);
  } catch {
    return false;
  }
}

/** X25519 (RFC 7748 §6.1). Throws {@link Unopened} for a point that gives no secret. */
export async function agree(mine: CryptoKey, theirs: Bytes): Promise<Bytes> {
  try {
    const point = await subtle.importKey('raw', theirs, 'X25519', false, []);
    const shared = new Uint8Array(await subtle.deriveBits({ name: 'X25519', public: point }, mine, 256));
    if (shared.every((byte) => byte === 0)) throw new Unopened('a point that gives no secret');
    return shared;
  } catch {
    throw new Unopened('a point that gives no secret');
  }
}

const OAEP = { name: 'RSA-OAEP', hash: 'SHA-256' } as const;

/** Seals a few bytes (a key) to an RSA public key, given as SPKI. */
export async function oaepSeal(spki: Bytes, plain: Bytes): Promise<Bytes> {
  const key = await subtle.importKey('spki', spki, OAEP, false, ['encrypt']);
  return new Uint8Array(await subtle.encrypt(OAEP, key, plain));
}

/** Throws {@link Unopened}. */
export async function oaepOpen(key: CryptoKey, sealed: Bytes): Promise<Bytes> {
  try {
    return new Uint8Array(await subtle.decrypt(OAEP, key, sealed));
  } catch {
    throw new Unopened('this key is not for us');
  }
}
