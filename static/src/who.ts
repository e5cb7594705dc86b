/** Who is signed in here, what the door waits for, and which clinic this is. */
import { batch, signal } from '@preact/signals';

import { api, type Config, type Me, Problem, type Standing, type Waiting } from './api.ts';
import { kept } from './kept.ts';
import { keys } from './keys.ts';
import { live } from './live.ts';
import { forget } from './outbox.ts';
import { go } from './router.ts';
import { hearTabs, tell } from './tabs.ts';

/** Undefined until the server has said; null when nobody is. Behind a locked page it stays whoever it was. */
export const me = signal<Me | null | undefined>(undefined);
/** What the session waits for before it can go on: the second step, its first set-up, or the password of a locked page. */
export const door = signal<Waiting | null>(null);
export const config = signal<Config | null>(null);
/** The session ended by somebody else's hand: at the door stands why nobody is in any more. */
export const wasEnded = signal(false);

/** Whose unsent messages of a visit are ours: the account's, or the guest's seat. */
export function ownerOf(visit: { seat: string | null }): string {
  const who = me.value;
  return who?.kind === 'person' ? who.id : (who?.seat ?? visit.seat ?? '');
}

/** Takes what the server says of this session. A locked one keeps the page of whoever it was. */
export function take(standing: Standing | null): void {
  batch(() => {
    switch (standing?.kind) {
      case 'locked':
        door.value = standing;
        me.value ??= null;
        break;
      case 'second_factor':
      case 'enrol':
        door.value = standing;
        me.value = null;
        break;
      default:
        door.value = null;
        me.value = standing ?? null;
        if (standing !== null) wasEnded.value = false;
    }
  });
}

/** Asks the server both things. Throws a {@link Problem} when it can't be reached. */
export async function load(): Promise<void> {
  if (kept.leaving()) await leaveServer();
  const [settings, who] = await Promise.all([api.config(), look()]);
  config.value = settings;
  take(who);
}

/** Asks the server who we are. Null when nobody is signed in. */
export async function look(): Promise<Standing | null> {
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
  take(null);
}

/** The server closed the line of a session that is over, or that goes on in another organisation: there the page begins anew. */
export async function lineEnded(): Promise<void> {
  if (me.peek()?.kind !== 'person') return signedOut();
  const who = await look().catch(() => null);
  if (who !== null) return location.assign('/');
  // Whoever signed out here has left meanwhile, and knows why.
  wasEnded.value = me.peek() !== null;
  signedOut();
}

/** Ends the session. A server that can't be reached is told before the next page asks it anything. */
async function leaveServer(): Promise<void> {
  kept.setLeaving(true);
  try {
    await api.logout();
  } catch (error) {
    if (error instanceof Problem && error.status === 0) throw error;
  }
  kept.setLeaving(false);
}

/** Whose unsent messages go when we sign out: null when a locked page doesn't know who it was. */
export function leaver(): string | null {
  const who = me.peek();
  return who?.kind === 'person' ? who.id : null;
}

/** Leaves, and erases what this device stored for the person. `ended`: the server has ended the session already. */
export async function signOut(ended = false): Promise<void> {
  if (!ended) await leaveServer().catch(() => undefined);
  await forget(leaver()).catch(() => undefined);
  await import('./records/desk.ts').then(({ drawer }) => drawer.clear()).catch(() => undefined);
  await keys.erase().catch(() => undefined);
  kept.clear();
  tell('left');
  signedOut();
  wasEnded.value = false;
  go('/');
}

live.whenRefused(() => {
  void look().then((who) => {
    if (who === null) signedOut();
    else if (who.kind === 'locked') take(who);
  }, () => undefined);
});

hearTabs((what) => {
  if (what === 'left' && me.peek()?.kind === 'person') signedOut();
});
