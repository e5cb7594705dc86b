/** Saying yes to another device's key: everything this device can open is wrapped for that one too. */
import { base64url, fromBase64url } from '../seal/bytes.ts';
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

/** Approves a key whose fingerprint was compared. What this device can't open itself is left out. */
export async function approveWith(mine: MyIdentity, key: ListedKey, server: KeyServer, progress: Progress = () => undefined): Promise<ListedKey> {
  const before = await server.wrapsOf(mine.key);
  const all = before.visits.length + before.records.length;
  let done = 0;
  const rsa = fromBase64url(key.rsa);
  const again = async <T extends { ek: string }>(wraps: readonly T[]): Promise<T[]> => {
    const made: T[] = [];
    for (const one of wraps) {
      const ek = await rewrapKey(mine.identity.rsa, fromBase64url(one.ek), rsa).catch(() => null);
      if (ek !== null) made.push({ ...one, ek: base64url(ek) });
      done += 1;
      progress(done, all);
    }
    return made;
  };
  const wraps: Wraps = { visits: await again(before.visits), records: await again(before.records) };
  return server.approve(key.id, mine.key, base64url(await approve(mine.identity, key)), wraps);
}
