/** Unsent messages in IndexedDB, sealed: they survive a reload and a crash of the browser. */
import type { OutboxStore, Unsent } from './chat.ts';
import { Idb } from './idb.ts';

const DATABASE = 'vaidya';
const STORE = 'unsent';
/** 1 held messages that were not sealed; they must never be sent, so they go. */
const VERSION = 2;

const idb = new Idb(DATABASE, VERSION, (database) => {
  if (database.objectStoreNames.contains(STORE)) database.deleteObjectStore(STORE);
  database.createObjectStore(STORE, { keyPath: 'id' });
});

const all = (): Promise<Unsent[]> => idb.read<Unsent[]>(STORE, (store) => store.getAll());

export const outbox: OutboxStore = {
  load: async (visit, owner) =>
    (await all().catch(() => [])).filter((one) => one.visit === visit && one.owner === owner),
  put: (message) => idb.write(STORE, (store) => store.put(message)),
  remove: (id) => idb.write(STORE, (store) => store.delete(id)),
};

async function of(owner: string | null): Promise<Unsent[]> {
  return (await all().catch(() => [])).filter((one) => owner === null || one.owner === owner);
}

/** How many messages of this person (null: of anybody) wait on this device. */
export async function waitingOf(owner: string | null): Promise<number> {
  return (await of(owner)).filter((one) => one.failed === null).length;
}

/** Deletes what this person (null: anybody) wrote and never sent, when they leave a device that others may use. */
export async function forget(owner: string | null): Promise<void> {
  const mine = await of(owner);
  if (mine.length > 0) await idb.write(STORE, (store) => mine.forEach((one) => store.delete(one.id)));
}
