/** Signing in without showing the password: it is stretched here, one half goes to the server, the other opens the keys. */
import { api, type Standing } from './api.ts';
import { keys } from './keys.ts';
import { live } from './live.ts';
import { signedIn } from './lock.ts';
import type { Bytes } from './seal/bytes.ts';
import { newPassword, stretched } from './stretching.ts';
import { me, take } from './who.ts';

/** How long a sign-in waits for the keys, in ms. Longer keeps people at the door on slow phones; shorter lets a reload lose keys half made. */
const KEYS_WITHIN_MS = 3_000;

/** The password's half of somebody who still has the second step before them. */
let waiting: Bytes | null = null;

function keepWaiting(wrap: Bytes | null): void {
  if (waiting !== wrap) waiting?.fill(0);
  waiting = wrap;
}

/** A new session ends the one that was, and its line with it: the line is closed before; the one who is in then opens it. */
export async function newSession(request: () => Promise<Standing>): Promise<Standing> {
  const inside = me.peek();
  if (inside) live.close();
  try {
    return await request();
  } catch (error) {
    if (inside) live.open();
    throw error;
  }
}

/**
 * Goes on with what the server answered to a sign-in: in, or to the next step. The keys are found, restored or made;
 * when that takes long it goes on behind the next page. `wrap` is the password's half, null when it was given before.
 */
export async function enter(standing: Standing, wrap: Bytes | null = waiting?.slice() ?? null): Promise<void> {
  if (standing.kind === 'second_factor' || standing.kind === 'enrol') {
    if (wrap !== null) keepWaiting(wrap);
    return take(standing);
  }
  keepWaiting(null);
  signedIn();
  if (standing.kind === 'person') {
    keys.entered(standing, wrap);
    await Promise.race([keys.settled(), new Promise((resolve) => setTimeout(resolve, KEYS_WITHIN_MS))]);
  }
  take(standing);
}

/** Signs in, or comes to the next step. Throws a {@link Problem}. */
export async function signIn(login: string, password: string): Promise<void> {
  const { key, wrap } = await stretched(login, password);
  await enter(await newSession(() => api.login(login, key)), wrap);
}

/** The `wrap` half of a password that the server says is right. */
export async function rightPassword(login: string, password: string): Promise<Bytes> {
  const { key, wrap } = await stretched(login, password);
  await api.unlock(key);
  return wrap;
}

/** Opens the keys with the password, typed again by somebody who is signed in. */
export async function openKeys(login: string, password: string): Promise<void> {
  const wrap = await rightPassword(login, password);
  const who = me.peek();
  if (who) keys.entered(who, wrap);
  await keys.settled();
}

/** Gives the person who is signed in another password; backups that the old one opens open with the new one. */
export async function changePassword(login: string, before: string, after: string): Promise<void> {
  const [old, next] = [await stretched(login, before), await newPassword(after)];
  const resealed = keys.state.value.kind === 'none' ? [] : await keys.withHolder((holder) => holder.resealed(old.wrap, next.wrap));
  const backups = resealed.map(({ key, backup }) => ({ key, ...backup }));
  await api.changePassword({ old: old.key, kdf: next.kdf, key: next.key, backups });
}
