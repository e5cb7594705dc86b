/** Holds the keys of the person who is signed in: finds them on this device, restores them, or makes them. */
import { Problem } from '../api.ts';
import { type Bytes, base64url } from '../seal/bytes.ts';
import { type Backup, bind, fingerprint, importBundle, makeBundle, openBackup, sealBackup, wipe } from '../seal/identity.ts';
import { parseCode, recoveryKey } from '../seal/recovery.ts';
import type { Sayer } from '../ledger/says.ts';
import { approveWith } from './approve.ts';
import type { KeyServer, ListedKey, MyKeys } from './server.ts';
import type { KeyState } from './state.ts';
import type { KeyStore, MyIdentity } from './store.ts';

export interface HolderPorts {
  server: KeyServer;
  store: KeyStore;
  uuid(): string;
  /** What this device is called in the list: "Firefox on Linux". */
  device(): string;
  changed(state: KeyState): void;
  /** What a key says to the log of itself; nothing where there is none. */
  sayer?: Pick<Sayer, 'key'>;
}

/** What a code or password that opens nothing is answered with. */
export class NotOpened extends Error {}

/** A key of ours and its private halves: to be wiped. */
interface OpenKey {
  key: ListedKey;
  bundle: Bytes;
}

export class Holder {
  private mine: MyIdentity | null = null;
  /** The password's `wrap` half, kept only until the keys are settled. */
  private wrap: Bytes | null = null;

  constructor(
    readonly person: string,
    private readonly ports: HolderPorts,
  ) {}

  /** Our keys when they can be used, here and by the others' leave. */
  get identity(): MyIdentity | null {
    return this.mine;
  }

  /** The password's half is at hand, so new backups can be made. */
  get hasPassword(): boolean {
    return this.wrap !== null;
  }

  /** Settles the keys. `wrap` is the password's half right after a sign-in, null after a reload. */
  async enter(wrap: Bytes | null): Promise<void> {
    this.keepWrap(wrap);
    this.ports.changed({ kind: 'making' });
    try {
      await this.ports.store.keepOnly(this.person).catch(() => undefined);
      const here = await this.ports.store.identity(this.person).catch(() => null);
      await this.settle(here);
    } catch (error) {
      const mine = this.mine;
      // The server is away: what this device has is good enough until it is back.
      this.ports.changed(mine === null ? { kind: 'failed', error } : { kind: 'ready', person: this.person, key: mine.key, recovery: true, stored: true });
    }
  }

  /** Tries again what failed; the password is still at hand if it was. */
  again(): Promise<void> {
    const wrap = this.wrap?.slice() ?? null;
    return this.enter(wrap);
  }

  /** Forgets everything, in memory and on this device. */
  async leave(): Promise<void> {
    this.drop();
    await this.ports.store.forget(this.person).catch(() => undefined);
  }

  /** Forgets what is in memory. */
  drop(): void {
    this.mine = null;
    this.keepWrap(null);
  }

  /** Opens the recovery backup. Throws {@link NotOpened}. With the password at hand (or given), the password opens them again afterwards. */
  async recover(typed: string, wrap: Bytes | null): Promise<void> {
    const code = parseCode(typed);
    if (code === null) throw new NotOpened('not a code');
    if (wrap !== null) this.keepWrap(wrap);
    const known = await this.ports.server.mine();
    const [found, ...others] = await this.openAll(known, 'recovery', await recoveryKey(code, this.person));
    if (found === undefined) throw new NotOpened('the code opens nothing');
    const pending = this.mine === null ? await this.ports.store.identity(this.person).catch(() => null) : null;
    if (this.wrap !== null) await this.backUp('password', this.wrap, [found, ...others]);
    others.forEach((one) => wipe(one.bundle));
    await this.use(found.key.id, found.bundle, known);
    const asked = known.keys.find((one) => one.id === pending?.key && one.status === 'pending');
    if (asked !== undefined) await this.ports.server.revoke(asked.id).catch(() => undefined);
  }

  /** Makes keys for this device; another device must say yes to them, or with `startOver` they are all there is. */
  async makeOwn(startOver: boolean, wrap: Bytes | null): Promise<void> {
    if (wrap !== null) this.keepWrap(wrap);
    const bundle = await makeBundle();
    try {
      const mine = await this.identityOf(this.ports.uuid(), bundle);
      const key = await this.register(mine, bundle, { first: false, startOver });
      if (key.status === 'live') return await this.ready(mine, await this.ports.server.mine());
      await this.ports.store.keep(mine);
      await this.pending(mine, key);
    } finally {
      wipe(bundle);
    }
  }

  /** Looks whether another device has said yes in the meantime. */
  async look(): Promise<void> {
    const here = await this.ports.store.identity(this.person).catch(() => null);
    if (here !== null) await this.settle(here);
  }

  /** Whether this half of a password opens a backup. */
  async opens(wrap: Bytes): Promise<boolean> {
    const found = await this.open(await this.ports.server.mine(), 'password', wrap);
    if (found !== null) wipe(found.bundle);
    return found !== null;
  }

  /** Seals the keys under a new recovery code, once its owner has it on paper. The `wrap` is of the password, typed again. */
  async keepCode(code: string, wrap: Bytes): Promise<void> {
    const found = await this.openAll(await this.ports.server.mine(), 'password', wrap);
    if (found.length === 0) throw new NotOpened('the password opens nothing');
    await this.backUp('recovery', await recoveryKey(code, this.person), found);
    found.forEach((one) => wipe(one.bundle));
    if (this.mine !== null) await this.ready(this.mine, await this.ports.server.mine());
  }

  /** The password backups as they must be under a new password. */
  async resealed(before: Bytes, after: Bytes): Promise<{ key: string; backup: Backup }[]> {
    const { backups } = await this.ports.server.mine();
    const sealed: { key: string; backup: Backup }[] = [];
    for (const { key, ...backup } of backups.filter((one) => one.kind === 'password')) {
      const bundle = await openBackup(backup, before, this.person).catch(() => null);
      if (bundle === null) continue;
      sealed.push({ key, backup: await sealBackup('password', after, this.person, bundle) });
      wipe(bundle);
    }
    return sealed;
  }

  private async settle(here: MyIdentity | null): Promise<void> {
    const { server, store } = this.ports;
    if (here !== null) this.mine = here;
    const known = await server.mine();
    const listed = known.keys.find((one) => one.id === here?.key && one.ed === base64url(here.identity.edPublic));
    if (here !== null && listed?.status === 'live') return this.renewed(here, known);
    this.mine = null;
    if (here !== null && listed?.status === 'pending' && !(await this.restored(known))) return this.pending(here, listed);
    if (this.mine !== null) return;
    if (here !== null) await store.forget(this.person).catch(() => undefined);
    if (known.keys.length === 0 && this.wrap !== null) return this.make();
    if (!(await this.restored(known))) this.locked(known);
  }

  /** Keys are here and good. When the password no longer opens a backup of them (it was set anew), this device makes keys that have one. */
  private async renewed(here: MyIdentity, known: MyKeys): Promise<void> {
    if (this.wrap !== null && (await this.open(known, 'password', this.wrap)) === null) {
      const bundle = await makeBundle();
      try {
        const next = await this.identityOf(this.ports.uuid(), bundle);
        const key = await this.register(next, bundle, { first: false, startOver: false });
        if (key.status === 'pending') await approveWith(here, key, this.ports.server);
        return await this.ready(next, await this.ports.server.mine());
      } finally {
        wipe(bundle);
      }
    }
    await this.ready(here, known);
  }

  private async make(): Promise<void> {
    const bundle = await makeBundle();
    try {
      const mine = await this.identityOf(this.ports.uuid(), bundle);
      await this.register(mine, bundle, { first: true, startOver: false });
      await this.ready(mine, await this.ports.server.mine());
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'key_exists') throw error;
      const known = await this.ports.server.mine();
      if (!(await this.restored(known))) this.locked(known);
    } finally {
      wipe(bundle);
    }
  }

  private async restored(known: MyKeys): Promise<boolean> {
    const found = this.wrap === null ? null : await this.open(known, 'password', this.wrap);
    if (found === null) return false;
    await this.use(found.key.id, found.bundle, known);
    return true;
  }

  /** The first live key of ours whose backup opens. */
  private async open(known: MyKeys, kind: Backup['kind'], secret: Bytes): Promise<OpenKey | null> {
    const [first, ...others] = await this.openAll(known, kind, secret);
    others.forEach((one) => wipe(one.bundle));
    return first ?? null;
  }

  private async openAll(known: MyKeys, kind: Backup['kind'], secret: Bytes): Promise<OpenKey[]> {
    const found: OpenKey[] = [];
    for (const { key: id, ...backup } of known.backups.filter((one) => one.kind === kind)) {
      const key = known.keys.find((one) => one.id === id && one.status === 'live');
      const bundle = key === undefined ? null : await openBackup(backup, secret, this.person).catch(() => null);
      if (key !== undefined && bundle !== null) found.push({ key, bundle });
    }
    return found;
  }

  private async backUp(kind: Backup['kind'], secret: Bytes, of: readonly OpenKey[]): Promise<void> {
    for (const { key, bundle } of of) await this.ports.server.keepBackup(key.id, await sealBackup(kind, secret, this.person, bundle));
  }

  private async use(key: string, bundle: Bytes, known: MyKeys): Promise<void> {
    try {
      await this.ready(await this.identityOf(key, bundle), known);
    } finally {
      wipe(bundle);
    }
  }

  private async identityOf(key: string, bundle: Bytes): Promise<MyIdentity> {
    return { person: this.person, key, identity: await importBundle(bundle) };
  }

  private async register(mine: MyIdentity, bundle: Bytes, how: { first: boolean; startOver: boolean }): Promise<ListedKey> {
    const { server, device, sayer } = this.ports;
    const { ed, rsaPublic, edPublic } = mine.identity;
    const said = (await sayer?.key(ed, this.person, rsaPublic, edPublic)) ?? {};
    const backups = this.wrap === null ? [] : [await sealBackup('password', this.wrap, this.person, bundle)];
    return server.add({ ...(await bind(mine.identity, this.person, mine.key)), device: device(), backups, ...how, ...said });
  }

  private async ready(mine: MyIdentity, known: MyKeys): Promise<void> {
    this.mine = mine;
    this.keepWrap(null);
    const { store, changed } = this.ports;
    const stored = await store.keep(mine).then(() => true, () => false);
    const live = new Set(known.keys.filter((one) => one.status === 'live').map((one) => one.id));
    const recovery = known.backups.some((one) => one.kind === 'recovery' && live.has(one.key));
    await this.knowOwn(mine, known).catch(() => undefined);
    changed({ kind: 'ready', person: this.person, key: mine.key, recovery, stored });
  }

  /** A device that is new to its person believes the keys there are; from then on a key that comes without its yes is said. */
  private async knowOwn(mine: MyIdentity, known: MyKeys): Promise<void> {
    const { store } = this.ports;
    const own = base64url(mine.identity.edPublic);
    const live = known.keys.filter((one) => one.status === 'live').map((one) => one.ed);
    const seen = (await store.seen(this.person, this.person)) ?? live;
    await store.remember(this.person, this.person, [...new Set([...seen, own])]);
  }

  private async pending(mine: MyIdentity, key: ListedKey): Promise<void> {
    this.ports.changed({ kind: 'pending', person: this.person, key: mine.key, fingerprint: await fingerprint(key) });
  }

  private locked({ keys, backups }: MyKeys): void {
    const why = this.wrap !== null ? 'reset' : keys.length === 0 ? 'unmade' : 'password';
    this.ports.changed({ kind: 'locked', person: this.person, why, recovery: backups.some((one) => one.kind === 'recovery') });
  }

  private keepWrap(wrap: Bytes | null): void {
    if (this.wrap !== wrap) this.wrap?.fill(0);
    this.wrap = wrap;
  }
}
