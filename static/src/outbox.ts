/** Unsent messages in IndexedDB, sealed: they survive a reload and a crash of the browser. */
import type { OutboxStore, Unsent } from './chat.ts';

const DATABASE = 'vaidya';
const STORE = 'unsent';
/** 1 held messages that were not sealed; they must never be sent, so they go. */
const VERSION = 2;

function asPromise<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB failed'));
  });
}

let opened: Promise<IDBDatabase> | null = null;

function database(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, VERSION);
    request.onupgradeneeded = () => {
      const { result } = request;
      if (result.objectStoreNames.contains(STORE)) result.deleteObjectStore(STORE);
      result.createObjectStore(STORE, { keyPath: 'id' });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB failed'));
  });
  return opened;
}

async function write(change: (store: IDBObjectStore) => void): Promise<void> {
  const db = await database();
  await new Promise<void>((resolve, reject) => {
    const transaction = db.transaction(STORE, 'readwrite', { durability: 'strict' });
    transaction.oncomplete = () => resolve();
    transaction.onerror = () => reject(transaction.error ?? new Error('IndexedDB failed'));
    transaction.onabort = () => reject(transaction.error ?? new Error('IndexedDB gave up'));
    change(transaction.objectStore(STORE));
  });
}

async function all(): Promise<Unsent[]> {
  const db = await database();
  return asPromise<Unsent[]>(db.transaction(STORE).objectStore(STORE).getAll());
}

export const outbox: OutboxStore = {
  load: async (visit, owner) =>
    (await all().catch(() => [])).filter((one) => one.visit === visit && one.owner === owner),
  put: (message) => write((store) => store.put(message)),
  remove: (id) => write((store) => store.delete(id)),
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
  if (mine.length > 0) await write((store) => mine.forEach((one) => store.delete(one.id)));
}
