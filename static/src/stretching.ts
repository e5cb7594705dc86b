/** Passwords become keys here, in the browser: one half is shown to the server, the other opens the keys. */
import { api, type NewPassword, Problem } from './api.ts';
import { t } from './i18n.ts';
import type { Bytes } from './seal/bytes.ts';
import type { PasswordParams } from './seal/password.ts';

/** Turns of PBKDF2 for new passwords. More is slower on old phones, fewer are easier to guess. */
const ITERATIONS = 600_000;

/** Shortest password, in characters (NIST SP 800-63B). */
export const SHORTEST = 8;

/** Fetched when somebody starts to type, so that the press of the button doesn't wait for it. */
export const stretching = () => Promise.all([import('./seal/password.ts'), import('./seal/bytes.ts')]);

async function fetched(): ReturnType<typeof stretching> {
  try {
    return await stretching();
  } catch {
    throw new Problem('unreachable', 0, t('problem-unreachable'));
  }
}

/** What a password becomes. */
export interface Half {
  /** Base64url, for the server. */
  key: string;
  /** Stays here. */
  wrap: Bytes;
}

async function halves(password: string, params: PasswordParams): Promise<Half> {
  const [{ stretch, WeakParams }, { base64url }] = await fetched();
  try {
    const { login, wrap } = await stretch(password, params);
    return { key: base64url(login), wrap };
  } catch (error) {
    if (error instanceof WeakParams) throw new Problem('weak_params', 0, t('problem-weak-params'));
    throw error;
  }
}

/** What a known password becomes. Throws a {@link Problem}. */
export async function stretched(login: string, password: string): Promise<Half> {
  return halves(password, await api.loginParams(login));
}

/** What a new password becomes. The server can't see how long it is, so that is looked at here. */
export async function newPassword(password: string): Promise<NewPassword & { wrap: Bytes }> {
  if ([...password].length < SHORTEST) throw new Problem('bad_field', 0, t('problem-password-short'));
  const [, { base64url, random }] = await fetched();
  const kdf = { v: 1, salt: base64url(random(16)), iterations: ITERATIONS };
  return { kdf, ...(await halves(password, kdf)) };
}
