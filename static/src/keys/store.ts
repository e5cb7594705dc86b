/** Where this browser keeps keys: CryptoKeys that can be used and not read, and the keys of others it has seen. */
import { Idb } from '../idb.ts';
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

const idb = new Idb(DATABASE, 1, (database) => {
  database.createObjectStore(IDENTITIES, { keyPath: 'person' });
  database.createObjectStore(SEEN);
});

async function read<T>(name: string, key: string): Promise<T | null> {
  return (await idb.read<T | undefined>(name, (store) => store.get(key))) ?? null;
}

export const keyStore: KeyStore = {
  identity: (person) => read<MyIdentity>(IDENTITIES, person),
  keep: (mine) => idb.write(IDENTITIES, (store) => store.put(mine)),
  forget: (person) => idb.write(IDENTITIES, (store) => store.delete(person)),
  keepOnly: async (person) => {
    const others = (await idb.read(IDENTITIES, (store) => store.getAllKeys())).filter((one) => one !== person);
    if (others.length > 0) await idb.write(IDENTITIES, (store) => others.forEach((one) => store.delete(one)));
  },
  seen: (viewer, person) => read<string[]>(SEEN, `${viewer}/${person}`),
  remember: (viewer, person, eds) => idb.write(SEEN, (store) => store.put([...eds], `${viewer}/${person}`)),
};

/** Forgets everything: our keys, and those of others that were seen here. */
export async function eraseKeyStore(): Promise<void> {
  await idb.write(IDENTITIES, (store) => store.clear());
  await idb.write(SEEN, (store) => store.clear());
}
