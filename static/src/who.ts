/** Who is signed in here, and which clinic this is. */
import { signal } from '@preact/signals';

import { api, type Config, type Me, Problem } from './api.ts';
import { kept } from './kept.ts';
import { keys } from './keys.ts';
import { live } from './live.ts';
import { go } from './router.ts';

/** Undefined until the server has said; null when nobody is. */
export const me = signal<Me | null | undefined>(undefined);
export const config = signal<Config | null>(null);

/** Whose unsent messages of a visit are ours: the account's, or the guest's seat. */
export function ownerOf(visit: { seat: string | null }): string {
  const who = me.value;
  return who?.kind === 'person' ? who.id : (who?.seat ?? visit.seat ?? '');
}

/** Asks the server both things. Throws a {@link Problem} when it can't be reached. */
export async function load(): Promise<void> {
  const [settings, who] = await Promise.all([api.config(), whoAmI()]);
  config.value = settings;
  me.value = who;
}

async function whoAmI(): Promise<Me | null> {
  try {
    return await api.me();
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return null;
    throw error;
  }
}

/** The session is gone: back to the door. A guest has no door; the page they are on says what happened. */
export function signedOut(): void {
  if (me.value?.kind === 'guest') {
    live.end();
    return;
  }
  live.close();
  keys.left();
  me.value = null;
}

export async function signOut(): Promise<void> {
  await api.logout().catch(() => undefined);
  await keys.erase();
  kept.clearTab();
  signedOut();
  go('/');
}

live.whenRefused(() => {
  void whoAmI().then((who) => {
    if (who === null) signedOut();
  }, () => undefined);
});
