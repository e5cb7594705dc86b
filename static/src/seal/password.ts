/** What a password becomes: one key that is shown to the server, one that never leaves. */
import { type Bytes, fromBase64url, utf8 } from './bytes.ts';
import { derive } from './primitives.ts';

/** Fewer turns than this are refused, whoever asks for them: a server that lowers them could guess passwords. */
export const MIN_ITERATIONS = 600_000;
/** More would freeze a phone for minutes. */
export const MAX_ITERATIONS = 10_000_000;

/** How a password is stretched, as `GET /login/params` says it. */
export interface PasswordParams {
  v: number;
  /** 16 bytes, base64url. */
  salt: string;
  iterations: number;
}

/** Both 32 bytes. `login` is sent in place of the password, `wrap` opens the backup. */
export interface Stretched {
  login: Bytes;
  wrap: Bytes;
}

/** These parameters are not to be followed. */
export class WeakParams extends Error {}

function saltOf(params: PasswordParams): Bytes {
  const salt = fromBase64url(params.salt);
  const { iterations } = params;
  const fits = params.v === 1 && salt.length === 16 && Number.isInteger(iterations);
  if (!fits || iterations < MIN_ITERATIONS || iterations > MAX_ITERATIONS) throw new WeakParams('the server asks for a weak derivation');
  return salt;
}

/** Stretches a password (PBKDF2-HMAC-SHA-256, then HKDF). Throws {@link WeakParams}. */
export async function stretch(password: string, params: PasswordParams): Promise<Stretched> {
  const salt = saltOf(params);
  const key = await crypto.subtle.importKey('raw', utf8(password.normalize('NFKC')), 'PBKDF2', false, ['deriveBits']);
  const bits = await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations: params.iterations }, key, 256);
  const master = new Uint8Array(bits);
  const [login, wrap] = await Promise.all([derive(master, 'vaidya/login/v1', 32), derive(master, 'vaidya/wrap/v1', 32)]);
  master.fill(0);
  return { login, wrap };
}
