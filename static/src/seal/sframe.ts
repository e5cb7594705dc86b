/** Frames sealed after RFC 9605 (SFrame), with the header behind the payload, where packetisers and SFUs don't look. */
import { BadBytes, type Bytes, concat, same, utf8, Writer } from './bytes.ts';
import { derive, hkdf } from './primitives.ts';

export type Kind = 'audio' | 'video';

/** RFC 9605 §4.5, the two suites we use: a short tag is only safe where it isn't GCM's. */
interface Suite {
  id: number;
  /** Length of the derived key, in bytes: for CTR 16 to seal with and 32 to authenticate with. */
  key: number;
  /** Length of the tag, in bytes. */
  tag: number;
}

const SUITES: Record<Kind, Suite> = {
  /** AES_128_CTR_HMAC_SHA256_32 */
  audio: { id: 3, key: 48, tag: 4 },
  /** AES_128_GCM_SHA256_128 */
  video: { id: 4, key: 16, tag: 16 },
};

/** Counters whose frames we still tell apart, behind the highest. */
export const REPLAY_WINDOW = 256;
/** No key is used for more frames than this: days of video. */
const MAX_CTR = 2 ** 40;
const VP8_KEY_CLEAR = 10;
const VP8_DELTA_CLEAR = 3;
const OPUS_CLEAR = 1;

/** The base key of a sender for one kind, from the secret of an epoch. */
export function baseKey(secret: Bytes, kind: Kind): Promise<Bytes> {
  return derive(secret, `vaidya/${kind}/v1`, 16);
}

/** The key id of an epoch. */
export function kidOf(epoch: number): number {
  return epoch % 8;
}

function minimal(value: number): Bytes {
  const bytes = [];
  for (let rest = value; rest > 0 || bytes.length === 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Uint8Array.from(bytes);
}

/** The header of RFC 9605 §4.3, as short as it can be. */
export function encodeHeader(kid: number, ctr: number): Bytes {
  const kidBytes = kid < 8 ? new Uint8Array() : minimal(kid);
  const ctrBytes = ctr < 8 ? new Uint8Array() : minimal(ctr);
  const k = kid < 8 ? kid : 8 | (kidBytes.length - 1);
  const c = ctr < 8 ? ctr : 8 | (ctrBytes.length - 1);
  return concat(Uint8Array.of((k << 4) | c), kidBytes, ctrBytes);
}

/** What RFC 9605 §4.4.2 derives from a base key. */
export interface Schedule {
  key: Bytes;
  /** 12 bytes. */
  salt: Bytes;
}

/** The key schedule of RFC 9605 §4.4.2. */
export async function schedule(kind: Kind, base: Bytes, kid: number): Promise<Schedule> {
  const { id, key } = SUITES[kind];
  const label = (text: string) => new Writer().raw(utf8(text)).u64(kid).u16(id).done();
  const empty = new Uint8Array();
  const [one, other] = await Promise.all([
    hkdf(base, empty, label('SFrame 1.0 Secret key '), key),
    hkdf(base, empty, label('SFrame 1.0 Secret salt '), 12),
  ]);
  return { key: one, salt: other };
}

/** Seals and opens one frame's bytes; header and clear bytes are authenticated with them. */
export interface Cipher {
  tag: number;
  /** Ciphertext ‖ tag. */
  seal(ctr: number, aad: Bytes, plain: Bytes): Promise<Bytes>;
  /** Null when the tag is wrong. */
  open(ctr: number, aad: Bytes, sealed: Bytes): Promise<Bytes | null>;
}

function nonceOf(salt: Bytes, ctr: number): Bytes {
  const nonce = salt.slice();
  let rest = ctr;
  for (let i = nonce.length - 1; rest > 0; i -= 1) {
    nonce[i] = (nonce[i] ?? 0) ^ rest % 256;
    rest = Math.floor(rest / 256);
  }
  return nonce;
}

async function gcmCipher({ key, salt }: Schedule): Promise<Cipher> {
  const { subtle } = crypto;
  const handle = await subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt']);
  const how = (ctr: number, aad: Bytes) => ({ name: 'AES-GCM', iv: nonceOf(salt, ctr), additionalData: aad, tagLength: 128 });
  return {
    tag: 16,
    seal: async (ctr, aad, plain) => new Uint8Array(await subtle.encrypt(how(ctr, aad), handle, plain)),
    open: async (ctr, aad, sealed) => {
      try {
        return new Uint8Array(await subtle.decrypt(how(ctr, aad), handle, sealed));
      } catch {
        return null;
      }
    },
  };
}

/** AES-CTR with a truncated HMAC (RFC 9605 §4.5.1). */
async function ctrCipher({ key, salt }: Schedule, tag: number): Promise<Cipher> {
  const { subtle } = crypto;
  const handle = await subtle.importKey('raw', key.slice(0, 16), 'AES-CTR', false, ['encrypt', 'decrypt']);
  const auth = await subtle.importKey('raw', key.slice(16), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const stream = (nonce: Bytes) => ({ name: 'AES-CTR', counter: concat(nonce, new Uint8Array(4)), length: 32 });
  const tagOf = async (nonce: Bytes, aad: Bytes, text: Bytes) => {
    const message = new Writer().u64(aad.length).u64(text.length).u64(tag).raw(nonce).raw(aad).raw(text).done();
    return new Uint8Array(await subtle.sign('HMAC', auth, message)).slice(0, tag);
  };
  return {
    tag,
    seal: async (ctr, aad, plain) => {
      const nonce = nonceOf(salt, ctr);
      const text = new Uint8Array(await subtle.encrypt(stream(nonce), handle, plain));
      return concat(text, await tagOf(nonce, aad, text));
    },
    open: async (ctr, aad, sealed) => {
      const nonce = nonceOf(salt, ctr);
      const text = sealed.slice(0, sealed.length - tag);
      if (!same(await tagOf(nonce, aad, text), sealed.subarray(sealed.length - tag))) return null;
      return new Uint8Array(await subtle.decrypt(stream(nonce), handle, text));
    },
  };
}

/** The cipher of a base key. */
export async function cipherOf(kind: Kind, base: Bytes, kid: number): Promise<Cipher> {
  const keys = await schedule(kind, base, kid);
  return kind === 'video' ? gcmCipher(keys) : ctrCipher(keys, SUITES.audio.tag);
}

/** VP8 says in its first bit whether a frame needs no other (RFC 6386 §9.1): zero when so. */
function isKeyFrame(frame: Uint8Array): boolean {
  return frame.length > 0 && ((frame[0] ?? 1) & 1) === 0;
}

/** How many bytes of a frame stay readable. */
export function clearBytes(kind: Kind, frame: Uint8Array, length = frame.length): number {
  const wanted = kind === 'audio' ? OPUS_CLEAR : isKeyFrame(frame) ? VP8_KEY_CLEAR : VP8_DELTA_CLEAR;
  return Math.min(wanted, length);
}

/** What stands behind the tag: the counter and the config byte. On video delta frames the counter is its lowest byte. */
function trailer(kind: Kind, frame: Uint8Array, kid: number, ctr: number): Bytes {
  if (kind === 'video' && !isKeyFrame(frame)) return Uint8Array.of(ctr % 256, (kid << 4) | 8);
  const header = encodeHeader(kid, ctr);
  return concat(header.subarray(1), header.subarray(0, 1));
}

/** Seals the frames of one kind with one key. Counts by itself; a key is never given to two of these. */
export class FrameSealer {
  private ctr = 0;

  private constructor(
    private readonly kind: Kind,
    private readonly kid: number,
    private readonly cipher: Cipher,
  ) {}

  /** `kid` is 0 to 7. */
  static async of(kind: Kind, base: Bytes, kid: number): Promise<FrameSealer> {
    if (!Number.isInteger(kid) || kid < 0 || kid > 7) throw new BadBytes('a key id of ours is 0 to 7');
    return new FrameSealer(kind, kid, await cipherOf(kind, base, kid));
  }

  async seal(frame: Bytes): Promise<Bytes> {
    const { ctr, kid, kind } = this;
    if (ctr >= MAX_CTR) throw new BadBytes('this key has sealed too many frames');
    this.ctr += 1;
    const split = clearBytes(kind, frame);
    const clear = frame.subarray(0, split);
    const sealed = await this.cipher.seal(ctr, concat(encodeHeader(kid, ctr), clear), frame.slice(split));
    return concat(clear, sealed, trailer(kind, frame, kid, ctr));
  }
}

/** Why a frame was dropped. */
export type FrameFailure = 'short' | 'key' | 'replay' | 'tag';
export type FrameOpened = { frame: Bytes } | { failure: FrameFailure };

/** A frame taken apart, before anybody believes it. */
interface Parsed {
  kid: number;
  /** The counter, or its lowest byte. */
  ctr: number;
  short: boolean;
  /** Bytes of frame and tag. */
  body: number;
}

/** The trailer of a sealed frame; null when there is none. */
function parse(kind: Kind, sealed: Uint8Array): Parsed | null {
  const config = sealed[sealed.length - 1];
  if (config === undefined || (config & 0x80) !== 0) return null;
  const [kid, inline] = [(config >> 4) & 7, config & 7];
  const short = kind === 'video' && !isKeyFrame(sealed);
  if (short && (config & 15) !== 8) return null;
  const length = (config & 8) === 0 ? 0 : inline + 1;
  const body = sealed.length - 1 - length;
  if (body < SUITES[kind].tag) return null;
  const ctr = length === 0 ? inline : sealed.subarray(body, body + length).reduce((sum, byte) => sum * 256 + byte, 0);
  if (ctr >= MAX_CTR || (length > 0 && !short && encodeHeader(kid, ctr).length !== 1 + length)) return null;
  return { kid, ctr, short, body };
}

/** The key id of a sealed frame; null when it isn't one. */
export function kidOfFrame(kind: Kind, sealed: Uint8Array): number | null {
  return parse(kind, sealed)?.kid ?? null;
}

/** Opens the frames of one sender, kind and key, each at most once. */
export class FrameOpener {
  private highest = -1;
  /** Counters seen in the window, by counter mod its size. */
  private readonly seen = new Float64Array(REPLAY_WINDOW).fill(-1);

  private constructor(
    private readonly kind: Kind,
    private readonly kid: number,
    private readonly cipher: Cipher,
  ) {}

  static async of(kind: Kind, base: Bytes, kid: number): Promise<FrameOpener> {
    return new FrameOpener(kind, kid, await cipherOf(kind, base, kid));
  }

  /** Never throws for what is in a frame. */
  async open(sealed: Bytes): Promise<FrameOpened> {
    const parsed = parse(this.kind, sealed);
    if (parsed === null) return { failure: 'short' };
    if (parsed.kid !== this.kid) return { failure: 'key' };
    const ctr = parsed.short ? this.nearest(parsed.ctr) : parsed.ctr;
    if (this.old(ctr)) return { failure: 'replay' };
    const split = clearBytes(this.kind, sealed, parsed.body - this.cipher.tag);
    const clear = sealed.subarray(0, split);
    const plain = await this.cipher.open(ctr, concat(encodeHeader(this.kid, ctr), clear), sealed.slice(split, parsed.body));
    if (plain === null) return { failure: 'tag' };
    // Another frame of this counter may have been opened meanwhile.
    if (this.old(ctr)) return { failure: 'replay' };
    this.remember(ctr);
    return { frame: concat(clear, plain) };
  }

  /** The counter with this lowest byte that is nearest to the highest one seen; of two as near, the higher. */
  private nearest(low: number): number {
    const from = Math.max(this.highest - 127, 0);
    return from + ((((low - from) % 256) + 256) % 256);
  }

  private old(ctr: number): boolean {
    return ctr <= this.highest - REPLAY_WINDOW || this.seen[ctr % REPLAY_WINDOW] === ctr;
  }

  private remember(ctr: number): void {
    this.highest = Math.max(this.highest, ctr);
    this.seen[ctr % REPLAY_WINDOW] = ctr;
  }
}
