/** Where this browser keeps keys: CryptoKeys that can be used and not read, and the keys of others it has seen. */
import type { Identity } from '../seal/identity.ts';

/** Our keys on this device. */
export interface MyIdentity {
  /** Person id. */
  person: string;
  /** Key id. */
  key: string;
  identity: Identity;
}

/** Every method may fail: browsers refuse storage in private windows and clear it when a disk is full. */
export interface KeyStore {
  identity(person: string): Promise<MyIdentity | null>;
  keep(mine: MyIdentity): Promise<void>;
  forget(person: string): Promise<void>;
  /** Forgets the identities of everybody else. */
  keepOnly(person: string): Promise<void>;
  /** The Ed25519 keys (base64url) of a person that `viewer` has seen here; null when none was. */
  seen(viewer: string, person: string): Promise<string[] | null>;
  remember(viewer: string, person: string, eds: readonly string[]): Promise<void>;
}

const DATABASE = 'vaidya-keys';
const IDENTITIES = 'identities';
const SEEN = 'seen';

function asPromise<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB failed'));
  });
}

let opened: Promise<IDBDatabase> | null = null;

function database(): Promise<IDBDatabase> {
  opened ??= new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(IDENTITIES, { keyPath: 'person' });
      request.result.createObjectStore(SEEN);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB failed'));
  }).catch((error: unknown) => {
    opened = null;
    throw error;
  });
  return opened;
}

async function read<T>(name: string, key: string): Promise<T | null> {
  const store = (await database()).transaction(name).objectStore(name);
  return (await asPromise<T | undefined>(store.get(key))) ?? null;
}

async function write(name: string, change: (store: IDBObjectStore) => void): Promise<void> {
  const db = await database();
  await new Promise<void>((resolve, reject) => {
    const transaction = db.transaction(name, 'readwrite', { durability: 'strict' });
    transaction.oncomplete = () => resolve();
    transaction.onerror = () => reject(transaction.error ?? new Error('IndexedDB failed'));
    transaction.onabort = () => reject(transaction.error ?? new Error('IndexedDB gave up'));
    change(transaction.objectStore(name));
  });
}

export const keyStore: KeyStore = {
  identity: (person) => read<MyIdentity>(IDENTITIES, person),
  keep: (mine) => write(IDENTITIES, (store) => store.put(mine)),
  forget: (person) => write(IDENTITIES, (store) => store.delete(person)),
  keepOnly: async (person) => {
    const all = (await database()).transaction(IDENTITIES).objectStore(IDENTITIES);
    const others = (await asPromise(all.getAllKeys())).filter((one) => one !== person);
    if (others.length > 0) await write(IDENTITIES, (store) => others.forEach((one) => store.delete(one)));
  },
  seen: (viewer, person) => read<string[]>(SEEN, `${viewer}/${person}`),
  remember: (viewer, person, eds) => write(SEEN, (store) => store.put([...eds], `${viewer}/${person}`)),
};

/** Forgets everything: our keys, and those of others that were seen here. */
export async function eraseKeyStore(): Promise<void> {
  await write(IDENTITIES, (store) => store.clear());
  await write(SEEN, (store) => store.clear());
}
