/** Signing in without showing the password: it is stretched here, one half goes to the server, the other opens the keys. */
import { api, type Me } from './api.ts';
import { keys } from './keys.ts';
import { live } from './live.ts';
import type { Bytes } from './seal/bytes.ts';
import { newPassword, stretched } from './stretching.ts';
import { me } from './who.ts';

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
