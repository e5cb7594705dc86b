/** A clinic in memory for the tests of keys: a server that keeps its rules, browsers with their storage. */
import { Problem } from '../../src/api.ts';
import { Holder } from '../../src/keys/holder.ts';
import type { KeptBackup, KeyServer, KeyWrap, ListedKey, ListedRecordKeys, ListedVisitKeys, MyKeys, NewKey, Wraps } from '../../src/keys/server.ts';
import type { KeyState } from '../../src/keys/state.ts';
import type { KeyStore, MyIdentity } from '../../src/keys/store.ts';
import type { Backup } from '../../src/seal/identity.ts';
import { id } from './seal-keys.ts';

/** One account as the server has it. */
export class Account implements KeyServer {
  keys: ListedKey[] = [];
  backups: KeptBackup[] = [];
  wraps = new Map<string, Wraps>();
  approvals = 0;
  away = false;
  /** Runs before a key is taken: another device that comes first. */
  before: (() => Promise<void>) | null = null;
  record: ListedRecordKeys = { keys: [], clinic: null, custody: 'patient+clinic' };
  visit: ListedVisitKeys = { doctor: [], patient: [], clinic: null, wraps: [] };
  wrapped: { first: boolean; wraps: KeyWrap[] }[] = [];

  constructor(readonly person: string) {}

  async mine(): Promise<MyKeys> {
    this.reach();
    return structuredClone({ keys: this.keys, backups: this.backups });
  }

  async add(key: NewKey): Promise<ListedKey> {
    this.reach();
    const { before } = this;
    this.before = null;
    await before?.();
    const live = this.keys.some((one) => one.status === 'live');
    if (key.first && live) throw new Problem('key_exists', 409, '');
    const { id: key_, person, rsa, ed, sig, device, backups } = key;
    const status = !live || key.startOver ? 'live' : 'pending';
    const listed: ListedKey = { id: key_, person, rsa, ed, sig, device, made_at: 1, status };
    this.keys.push(listed);
    this.backups.push(...backups.map((one) => ({ key: key_, ...one })));
    return { ...listed };
  }

  async keepBackup(key: string, backup: Backup): Promise<void> {
    this.reach();
    this.backups = [...this.backups.filter((one) => one.key !== key || one.kind !== backup.kind), { key, ...backup }];
  }

  async approve(key: string, _by: string, _sig: string, wraps: Wraps): Promise<ListedKey> {
    this.reach();
    const found = this.keys.find((one) => one.id === key);
    if (found === undefined) throw new Problem('not_found', 404, '');
    found.status = 'live';
    const before = this.wraps.get(key) ?? { visits: [], records: [] };
    this.wraps.set(key, { visits: [...before.visits, ...wraps.visits], records: [...before.records, ...wraps.records] });
    this.approvals += 1;
    return { ...found };
  }

  async wrapsOf(key: string): Promise<Wraps> {
    this.reach();
    return this.wraps.get(key) ?? { visits: [], records: [] };
  }

  async revoke(key: string): Promise<void> {
    this.reach();
    const found = this.keys.find((one) => one.id === key);
    if (found !== undefined) found.status = 'revoked';
  }

  async ofVisit(): Promise<ListedVisitKeys> {
    this.reach();
    return structuredClone(this.visit);
  }

  async ofRecord(): Promise<ListedRecordKeys> {
    return this.record;
  }

  async wrap(_visit: string, first: boolean, wraps: KeyWrap[]): Promise<void> {
    this.reach();
    this.wrapped.push({ first, wraps });
  }

  private reach(): void {
    if (this.away) throw new Problem('unreachable', 0, 'away');
  }
}

/** A browser's storage; `full` refuses to keep anything. */
export class Shelf implements KeyStore {
  readonly identities = new Map<string, MyIdentity>();
  readonly eds = new Map<string, string[]>();
  full = false;

  async identity(person: string): Promise<MyIdentity | null> {
    return this.identities.get(person) ?? null;
  }

  async keep(mine: MyIdentity): Promise<void> {
    if (this.full) throw new Error('full');
    this.identities.set(mine.person, mine);
  }

  async forget(person: string): Promise<void> {
    this.identities.delete(person);
  }

  async keepOnly(person: string): Promise<void> {
    for (const one of this.identities.keys()) if (one !== person) this.identities.delete(one);
  }

  async seen(viewer: string, person: string): Promise<string[] | null> {
    return this.eds.get(`${viewer}/${person}`) ?? null;
  }

  async remember(viewer: string, person: string, eds: readonly string[]): Promise<void> {
    this.eds.set(`${viewer}/${person}`, [...eds]);
  }
}

let made = 0;

/** A browser in which a person is signed in. */
export class Browser {
  state: KeyState = { kind: 'none' };
  readonly holder: Holder;

  constructor(
    readonly server: Account,
    readonly shelf = new Shelf(),
  ) {
    this.holder = new Holder(server.person, {
      server,
      store: shelf,
      uuid: () => id(`made ${(made += 1)}`),
      device: () => 'Test, Node',
      changed: (state) => {
        this.state = state;
      },
    });
  }

  /** The page is loaded again: what was in memory is gone. */
  reloaded(): Browser {
    this.holder.drop();
    return new Browser(this.server, this.shelf);
  }
}
