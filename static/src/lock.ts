/** The lock: after a while without a touch the pages close over what they show, keep what was typed, and open to the password. */
import { effect, untracked } from '@preact/signals';

import { api, gates, type Standing } from './api.ts';
import { holdOpen, Idle, inCall } from './idle.ts';
import { keys } from './keys.ts';
import { kept } from './kept.ts';
import { live } from './live.ts';
import { stretched } from './stretching.ts';
import { hearTabs, tell } from './tabs.ts';
import { door, look, me, take } from './who.ts';

export { holdOpen, inCall };

/** How often the time is looked at, in ms. Longer locks that much later. */
const LOOK_EVERY_MS = 10_000;

const MINUTE_MS = 60_000;

const TOUCHES = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart', 'input'] as const;

export const isLocked = (): boolean => door.value?.kind === 'locked';

const idle = new Idle({
  now: () => Date.now(),
  limit: () => {
    const who = me.peek();
    return who?.kind === 'person' && who.lock !== null && door.peek() === null ? who.lock * MINUTE_MS : null;
  },
  read: kept.input,
  write: (at) => {
    kept.setInput(at);
    tell('input');
  },
  lock: () => void lockNow(),
});

/** Closes this tab's page over what it shows. */
function shut(): void {
  const who = me.peek();
  if (who?.kind !== 'person' || door.peek() !== null) return;
  door.value = { kind: 'locked', name: who.name, login: who.login };
}

/** Locks every tab and the session. A server that can't be reached is told as soon as it can. */
export async function lockNow(): Promise<void> {
  shut();
  tell('locked');
  await api.lock().catch(() => undefined);
}

/** In, again. A line that was opened behind the lock hears no news: outside a call it is opened anew. */
function back(who: Standing | null): void {
  if (!inCall()) live.close();
  take(who);
}

/** Opens with the password of whoever is signed in. Throws a {@link Problem}. */
export async function unlock(password: string): Promise<void> {
  const closed = door.peek();
  if (closed?.kind !== 'locked') return;
  const { key, wrap } = await stretched(closed.login, password);
  const who = await api.unlock(key);
  kept.setLocked(false);
  if (who.kind === 'person') keys.entered(who, wrap);
  idle.begin();
  back(who);
  tell('unlocked');
}

/** Another tab was opened: this one asks the server how things stand. */
async function openedElsewhere(): Promise<void> {
  if (door.peek()?.kind !== 'locked') return;
  const who = await look();
  if (who?.kind === 'person') keys.entered(who, null);
  back(who);
}

/** Resolves when the pages are open again (true) or nobody is signed in any more (false). */
function opened(): Promise<boolean> {
  return new Promise((resolve) => {
    const stop = effect(() => {
      if (door.value?.kind === 'locked') return;
      const inside = me.value?.kind === 'person';
      queueMicrotask(() => {
        stop();
        resolve(inside);
      });
    });
  });
}

gates.unlocked = () => {
  shut();
  return opened();
};

hearTabs((what) => {
  if (what === 'input') idle.touchedElsewhere();
  if (what === 'locked' && !inCall()) shut();
  if (what === 'unlocked') void openedElsewhere().catch(() => undefined);
});

/** Starts to watch for touches; a page that is loaded after too long a time locks at once. */
export function watch(): void {
  for (const touch of TOUCHES) addEventListener(touch, () => isLocked() || idle.touched(), { passive: true, capture: true });
  document.addEventListener('visibilitychange', () => idle.look());
  setInterval(() => idle.look(), LOOK_EVERY_MS);
  effect(() => {
    if (door.value?.kind !== 'locked') return;
    kept.setLocked(true);
    untracked(() => inCall() || keys.putAway());
  });
  // Before anything is drawn: a page that should be locked shows nothing, not even for a moment.
  effect(() => {
    if (me.value?.kind !== 'person' || door.value !== null) return;
    untracked(() => (kept.locked() ? shut() : idle.look()));
  });
}

/** Somebody just signed in: the time starts now. */
export function signedIn(): void {
  kept.setLocked(false);
  idle.begin();
}
