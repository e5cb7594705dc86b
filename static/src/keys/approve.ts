/** Saying yes to another device's key: everything this device can open is wrapped for that one too. */
import { base64url, type Bytes, fromBase64url } from '../seal/bytes.ts';
import { approve, fingerprint, verifyBinding } from '../seal/identity.ts';
import { rewrapKey } from '../seal/transcript.ts';
import type { KeyServer, ListedKey, Wraps } from './server.ts';
import type { MyIdentity } from './store.ts';

/** How far the work is: wraps done, of all. */
export type Progress = (done: number, all: number) => void;

/** What is wrong with a key somebody wants a yes to. */
export type NotApprovable = 'gone' | 'not_mine' | 'differs';

/** A pending key as the server shows it, when it is the one on the other device's screen. */
export async function pendingKey(me: string, key: string, shown: string, server: KeyServer): Promise<ListedKey | NotApprovable> {
  const { keys } = await server.mine();
  const found = keys.find((one) => one.id === key && one.status === 'pending');
  if (found === undefined) return 'gone';
  if (found.person !== me || !(await verifyBinding(found))) return 'not_mine';
  return (await fingerprint(found)) === shown.toUpperCase() ? found : 'differs';
}

/** Wraps in one request. More may be too large for the server. */
const AT_ONCE = 5_000;

type Open = <T extends { ek: string }>(wraps: readonly T[]) => Promise<T[]>;

/** Approves a key whose fingerprint was compared. What this device can't open itself is left out; what is sealed meanwhile comes along. */
export async function approveWith(mine: MyIdentity, key: ListedKey, server: KeyServer, progress: Progress = () => undefined): Promise<ListedKey> {
  const sig = base64url(await approve(mine.identity, key));
  const seen = new Set<string>();
  let done = 0;
  let all = 0;
  const again = rewrapper(mine, fromBase64url(key.rsa), () => {
    done += 1;
    progress(done, all);
  });
  for (let approved: ListedKey | null = null; ; ) {
    const todo = news(await server.wrapsOf(mine.key), seen);
    if (approved !== null && todo.visits.length + todo.records.length === 0) return approved;
    all = done + todo.left;
    const wraps = { visits: await again(todo.visits), records: await again(todo.records) };
    approved = await server.approve(key.id, mine.key, sig, wraps);
  }
}

/** What was not seen before, no more than goes into one request; it is seen from now on. `left` counts what is for later too. */
function news({ visits, records }: Wraps, seen: Set<string>): Wraps & { left: number } {
  const todo = { visits: visits.filter((one) => !seen.has(`v ${one.visit}`)), records: records.filter((one) => !seen.has(version(one))) };
  const left = todo.visits.length + todo.records.length;
  const first = { visits: todo.visits.slice(0, AT_ONCE), records: todo.records.slice(0, Math.max(0, AT_ONCE - todo.visits.length)) };
  first.visits.forEach((one) => seen.add(`v ${one.visit}`));
  first.records.forEach((one) => seen.add(version(one)));
  return { ...first, left };
}

function version({ record, ver }: Wraps['records'][number]): string {
  return `r ${record} ${ver}`;
}

function rewrapper(mine: MyIdentity, rsa: Bytes, step: () => void): Open {
  return async (wraps) => {
    const made = [];
    for (const one of wraps) {
      const ek = await rewrapKey(mine.identity.rsa, fromBase64url(one.ek), rsa).catch(() => null);
      if (ek !== null) made.push({ ...one, ek: base64url(ek) });
      step();
    }
    return made;
  };
}
