/** Signing in without showing the password: it is stretched here, one half goes to the server, the other opens the keys. */
import { api, type Me, type NewPassword, Problem } from './api.ts';
import { t } from './i18n.ts';
import { keys } from './keys.ts';
import { live } from './live.ts';
import type { Bytes } from './seal/bytes.ts';
import type { PasswordParams } from './seal/password.ts';
import { me } from './who.ts';

/** Turns of PBKDF2 for new passwords. More is slower on old phones, fewer are easier to guess. */
const ITERATIONS = 600_000;

/** Shortest password, in characters (NIST SP 800-63B). */
const SHORTEST = 8;

/** Fetched when somebody starts to type, so that the press of the button doesn't wait for it. */
export const stretching = () => Promise.all([import('./seal/password.ts'), import('./seal/bytes.ts')]);

interface Half {
  /** Base64url, for the server. */
  key: string;
  /** Stays here. */
  wrap: Bytes;
}

async function halves(password: string, params: PasswordParams): Promise<Half> {
  const [{ stretch, WeakParams }, { base64url }] = await stretching();
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
  const [, { base64url, random }] = await stretching();
  const kdf = { v: 1, salt: base64url(random(16)), iterations: ITERATIONS };
  return { kdf, ...(await halves(password, kdf)) };
}

/** A sign-in ends the session that was, and its line with it: the line is closed before, and opened with the new one. */
async function session(login: string, key: string): Promise<Me> {
  const inside = me.peek();
  if (inside) live.close();
  try {
    return await api.login(login, key);
  } finally {
    if (inside) live.open();
  }
}

/** How long a sign-in waits for the keys, in ms. Longer keeps people at the door on slow phones; shorter lets a reload lose keys half made. */
const KEYS_WITHIN_MS = 3_000;

/** Signs in; the keys are found, restored or made. When that takes long it goes on behind the next page. */
export async function signIn(login: string, password: string): Promise<Me> {
  const { key, wrap } = await stretched(login, password);
  const who = await session(login, key);
  keys.entered(who, wrap);
  await Promise.race([keys.settled(), new Promise((resolve) => setTimeout(resolve, KEYS_WITHIN_MS))]);
  return who;
}

/** The `wrap` half of a password that the server says is right. */
export async function rightPassword(login: string, password: string): Promise<Bytes> {
  const { key, wrap } = await stretched(login, password);
  await session(login, key);
  return wrap;
}

/** Gives the person who is signed in another password; backups that the old one opens open with the new one. */
export async function changePassword(login: string, before: string, after: string): Promise<void> {
  const [old, next] = [await stretched(login, before), await newPassword(after)];
  const resealed = keys.state.value.kind === 'none' ? [] : await keys.withHolder((holder) => holder.resealed(old.wrap, next.wrap));
  const backups = resealed.map(({ key, backup }) => ({ key, ...backup }));
  await api.changePassword({ old: old.key, kdf: next.kdf, key: next.key, backups });
}
