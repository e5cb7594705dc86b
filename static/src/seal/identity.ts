/** The keys of a person: made once in a browser, backed up sealed, used without ever being readable again. */
import { BadBytes, type Bytes, base64url, concat, crockford, fromBase64url, Reader, random, utf8, uuidBytes, Writer } from './bytes.ts';
import { gcmOpen, gcmSeal, sha256, sign, verify } from './primitives.ts';

const RSA = { name: 'RSA-OAEP', hash: 'SHA-256' } as const;
const RSA_MADE = { ...RSA, modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) };

export type BackupKind = 'password' | 'recovery';

/** A sealed copy of a person's private keys, as the server keeps it. */
export interface Backup {
  v: 1;
  kind: BackupKind;
  /** 12 bytes, base64url. */
  iv: string;
  /** Base64url. */
  ct: string;
}

/** A person's keys in use. The private ones can't be exported. */
export interface Identity {
  /** Opens what is sealed to this person. */
  rsa: CryptoKey;
  /** Signs. */
  ed: CryptoKey;
  /** SPKI. */
  rsaPublic: Bytes;
  /** 32 bytes. */
  edPublic: Bytes;
}

/** The public half of a key, bound to a person. */
export interface PublicKey {
  id: string;
  person: string;
  /** SPKI, base64url. */
  rsa: string;
  /** 32 bytes, base64url. */
  ed: string;
  /** The binding, base64url. */
  sig: string;
}

/** Makes both pairs. The bytes are the private keys themselves: seal them, import them, {@link wipe} them. */
export async function makeBundle(): Promise<Bytes> {
  const rsa = await crypto.subtle.generateKey(RSA_MADE, true, ['encrypt', 'decrypt']);
  const ed = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair;
  const [one, other] = await Promise.all([rsa, ed].map(async (pair) => new Uint8Array(await crypto.subtle.exportKey('pkcs8', pair.privateKey))));
  return encodeBundle(one ?? new Uint8Array(), other ?? new Uint8Array());
}

/** The bundle of two private keys, both PKCS #8. */
export function encodeBundle(rsa: Bytes, ed: Bytes): Bytes {
  return new Writer().u8(1).sized(rsa).sized(ed).done();
}

export function wipe(bytes: Bytes): void {
  bytes.fill(0);
}

function backupAad(kind: BackupKind, person: string): Bytes {
  return new Writer().label('vaidya/backup/v1').label(kind).uuid(person).done();
}

/** Seals a bundle under the password's `wrap` or the recovery code's key. `iv` is 12 random bytes. */
export async function sealBackup(kind: BackupKind, key: Bytes, person: string, bundle: Bytes, iv: Bytes = random(12)): Promise<Backup> {
  const ct = await gcmSeal(key, iv, backupAad(kind, person), bundle);
  return { v: 1, kind, iv: base64url(iv), ct: base64url(ct) };
}

/** The bundle in a backup. Throws `Unopened` when password or code is wrong or the backup is another person's or was changed. */
export async function openBackup(backup: Backup, key: Bytes, person: string): Promise<Bytes> {
  if (backup.v !== 1) throw new BadBytes('a backup of another version');
  return gcmOpen(key, fromBase64url(backup.iv), backupAad(backup.kind, person), fromBase64url(backup.ct));
}

async function rsaPublicOf(key: CryptoKey): Promise<Bytes> {
  const { kty, n, e } = await crypto.subtle.exportKey('jwk', key);
  if (kty === undefined || n === undefined || e === undefined) throw new BadBytes('not an RSA key');
  const half = await crypto.subtle.importKey('jwk', { kty, n, e, alg: 'RSA-OAEP-256', ext: true }, RSA, true, ['encrypt']);
  return new Uint8Array(await crypto.subtle.exportKey('spki', half));
}

async function edPublicOf(key: CryptoKey): Promise<Bytes> {
  const { x } = await crypto.subtle.exportKey('jwk', key);
  if (x === undefined) throw new BadBytes('not an Ed25519 key');
  return fromBase64url(x);
}

/** Imports a bundle: from here on the private keys can be used and not read. */
export async function importBundle(bundle: Bytes): Promise<Identity> {
  const reader = new Reader(bundle);
  if (reader.u8() !== 1) throw new BadBytes('a bundle of another version');
  const [rsaBytes, edBytes] = [reader.sized(), reader.sized()];
  reader.end();
  const { subtle } = crypto;
  const [rsaOpen, edOpen] = await Promise.all([
    subtle.importKey('pkcs8', rsaBytes, RSA, true, ['decrypt']),
    subtle.importKey('pkcs8', edBytes, 'Ed25519', true, ['sign']),
  ]);
  const [rsaPublic, edPublic, rsa, ed] = await Promise.all([
    rsaPublicOf(rsaOpen),
    edPublicOf(edOpen),
    subtle.importKey('pkcs8', rsaBytes, RSA, false, ['decrypt']),
    subtle.importKey('pkcs8', edBytes, 'Ed25519', false, ['sign']),
  ]);
  wipe(rsaBytes);
  wipe(edBytes);
  return { rsa, ed, rsaPublic, edPublic };
}

/** What binds a key to a person; this is what is signed. */
export async function bindingMessage(person: string, key: string, rsa: Bytes, ed: Bytes): Promise<Bytes> {
  return new Writer().label('vaidya/identity/v1').uuid(person).uuid(key).raw(await sha256(rsa)).fixed(ed, 32).done();
}

/** The public key to register with the server, signed by itself. */
export async function bind(identity: Identity, person: string, key: string): Promise<PublicKey> {
  const sig = await sign(identity.ed, await bindingMessage(person, key, identity.rsaPublic, identity.edPublic));
  return { id: key, person, rsa: base64url(identity.rsaPublic), ed: base64url(identity.edPublic), sig: base64url(sig) };
}

async function messageOf(key: PublicKey): Promise<Bytes> {
  return bindingMessage(key.person, key.id, fromBase64url(key.rsa), fromBase64url(key.ed));
}

/** Whether a key says of itself that it is this person's. Never throws. */
export async function verifyBinding(key: PublicKey): Promise<boolean> {
  try {
    return await verify(fromBase64url(key.ed), fromBase64url(key.sig), await messageOf(key));
  } catch {
    return false;
  }
}

/** The short form of a key that people and QR codes carry from device to device: 20 characters of Crockford's base32, 100 bits. */
export async function fingerprint(key: PublicKey): Promise<string> {
  return crockford(await sha256(await messageOf(key)), 20);
}

async function approvalMessage(key: PublicKey): Promise<Bytes> {
  return concat(utf8('vaidya/approve/v1'), uuidBytes(key.person), uuidBytes(key.id), await sha256(await messageOf(key)));
}

/** The first device's yes to another device's key. Compare the {@link fingerprint} before. */
export async function approve(identity: Identity, key: PublicKey): Promise<Bytes> {
  return sign(identity.ed, await approvalMessage(key));
}

/** Whether the key `by` (32 bytes) has said yes to this key. Never throws. */
export async function verifyApproval(by: Bytes, key: PublicKey, signature: Bytes): Promise<boolean> {
  try {
    return await verify(by, signature, await approvalMessage(key));
  } catch {
    return false;
  }
}
