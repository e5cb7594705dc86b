/** This browser's witness: it remembers in IndexedDB, and asks the server. */
import { Problem } from '../api.ts';
import { Idb } from '../idb.ts';
import { type Policy, readPolicy } from './policy.ts';
import type { About } from './about.ts';
import { ledgerServer } from './server.ts';
import { Unproven } from './unproven.ts';
import { type Memory, Witness } from './witness.ts';

const STORE = 'known';

const idb = new Idb('vaidya-log', 1, (database) => database.createObjectStore(STORE));

async function read<T>(key: string): Promise<T | null> {
  return (await idb.read<T | undefined>(STORE, (store) => store.get(key))) ?? null;
}

const memory: Memory = {
  policy: () => read<Policy>('policy'),
  keepPolicy: (policy) => idb.write(STORE, (store) => store.put(policy, 'policy')),
  head: () => read('head'),
  keepHead: (head) => idb.write(STORE, (store) => store.put(head, 'head')),
};

let asked: Promise<About | null> | null = null;

/** What the server says of its log, asked once; null when it keeps none. */
export function about(): Promise<About | null> {
  asked ??= ask().catch((error: unknown) => {
    asked = null;
    throw error;
  });
  return asked;
}

async function ask(): Promise<About | null> {
  const { config } = await import('../who.ts');
  return config.peek()?.ledger === true ? ledgerServer.about() : null;
}

/** A server that can't show that its log goes on from what was seen has changed it. */
async function consistency(from: number, to: number): ReturnType<typeof ledgerServer.consistency> {
  try {
    return await ledgerServer.consistency(from, to);
  } catch (error) {
    const refused = error instanceof Problem && error.status >= 400 && error.status < 500 && error.status !== 429;
    throw refused ? new Unproven('forked') : error;
  }
}

export const witness = new Witness({
  memory,
  policy: async () => {
    const said = await about();
    return said === null ? null : readPolicy(said);
  },
  consistency,
});

/** Forgets what was seen of the log: the next head is believed as the first one was. */
export async function forgetLog(): Promise<void> {
  asked = null;
  await idb.write(STORE, (store) => store.clear());
}
