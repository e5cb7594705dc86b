/** What is under way on this device, sealed to the key of whoever does it: drafts, and uploads that may go on after a reload. */
import { Idb } from '../idb.ts';
import type { MyIdentity } from '../keys.ts';
import { base64url, type Bytes, fromBase64url, fromUtf8, random, utf8 } from '../seal/bytes.ts';
import { gcmOpen, gcmSeal } from '../seal/primitives.ts';
import { unwrapKey, wrapKey } from '../seal/transcript.ts';

const DATABASE = 'vaidya-desk';
const STORE = 'sheets';
const LABEL = 'vaidya/desk/v1 ';

/** What lies there, as it lies there. */
export interface Sheet {
  id: string;
  /** Person id. */
  owner: string;
  /** Its key, wrapped for the owner's own key. */
  wrap: string;
  iv: Bytes;
  ct: Bytes;
}

/** Where sheets lie; every method may fail, and then nothing lasts longer than the page. */
export interface Drawer {
  all(): Promise<Sheet[]>;
  put(sheet: Sheet): Promise<void>;
  remove(id: string): Promise<void>;
  clear(): Promise<void>;
}

const idb = new Idb(DATABASE, 1, (database) => database.createObjectStore(STORE, { keyPath: 'id' }));

export const drawer: Drawer = {
  all: () => idb.read<Sheet[]>(STORE, (store) => store.getAll()),
  put: (sheet) => idb.write(STORE, (store) => store.put(sheet)),
  remove: (id) => idb.write(STORE, (store) => store.delete(id)),
  clear: () => idb.write(STORE, (store) => store.clear()),
};

/** How many things of this person (null: of anybody) lie here. */
export async function lying(owner: string | null): Promise<number> {
  return (await drawer.all()).filter((one) => owner === null || one.owner === owner).length;
}

const aad = (id: string): Bytes => utf8(LABEL + id);

/** One person's desk on this device. */
export class Desk {
  constructor(
    private readonly mine: MyIdentity,
    private readonly where: Drawer = drawer,
  ) {}

  /** Keeps something under an id, in place of what was there. */
  async put(id: string, value: unknown): Promise<void> {
    const key = random(32);
    const iv = random(12);
    const ct = await gcmSeal(key, iv, aad(id), utf8(JSON.stringify(value)));
    const wrap = base64url(await wrapKey(this.mine.identity.rsaPublic, key));
    key.fill(0);
    await this.where.put({ id, owner: this.mine.person, wrap, iv, ct });
  }

  /** Everything of this person whose id begins so; what doesn't open any more is left out. */
  async all(prefix: string): Promise<{ id: string; value: unknown }[]> {
    const sheets = (await this.where.all()).filter((one) => one.owner === this.mine.person && one.id.startsWith(prefix));
    const opened = await Promise.all(sheets.map(async (one) => ({ id: one.id, value: await this.open(one).catch(() => null) })));
    return opened.filter((one) => one.value !== null);
  }

  remove(id: string): Promise<void> {
    return this.where.remove(id);
  }

  private async open({ id, wrap, iv, ct }: Sheet): Promise<unknown> {
    const key = await unwrapKey(this.mine.identity.rsa, fromBase64url(wrap));
    const text = fromUtf8(await gcmOpen(key, iv, aad(id), ct));
    key.fill(0);
    return JSON.parse(text);
  }
}
