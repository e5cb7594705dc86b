/** A database of this browser, opened when it is first asked for; every method may fail, as browsers refuse and clear storage. */

export class Idb {
  private opened: Promise<IDBDatabase> | null = null;

  /** `upgrade` makes the stores of this version out of whatever there was. */
  constructor(
    private readonly name: string,
    private readonly version: number,
    private readonly upgrade: (database: IDBDatabase) => void,
  ) {}

  /** What is asked of one of its stores. */
  async read<T>(store: string, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    const request = ask((await this.database()).transaction(store).objectStore(store));
    return new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error ?? new Error('IndexedDB failed'));
    });
  }

  /** Changes one of its stores; done when it is on the disk. */
  async write(store: string, change: (store: IDBObjectStore) => void): Promise<void> {
    const transaction = (await this.database()).transaction(store, 'readwrite', { durability: 'strict' });
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onerror = () => reject(transaction.error ?? new Error('IndexedDB failed'));
      transaction.onabort = () => reject(transaction.error ?? new Error('IndexedDB gave up'));
      change(transaction.objectStore(store));
    });
  }

  private database(): Promise<IDBDatabase> {
    this.opened ??= new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(this.name, this.version);
      request.onupgradeneeded = () => this.upgrade(request.result);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error ?? new Error('IndexedDB failed'));
    }).catch((error: unknown) => {
      // The next one tries again.
      this.opened = null;
      throw error;
    });
    return this.opened;
  }
}
