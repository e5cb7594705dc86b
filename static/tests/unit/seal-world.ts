/** A call in a world without mathematics: seals that nobody can break because only the world knows what is in them. */
import { createHash } from 'node:crypto';

import type { Alarm } from '../../src/seal/alarm.ts';
import { type Bytes, concat, hex, utf8 } from '../../src/seal/bytes.ts';
import { Epochs } from '../../src/seal/epochs.ts';
import type { Entry, Member, SeatRole } from '../../src/seal/member.ts';
import type { PairKind } from '../../src/seal/pass.ts';
import { decodeRoster, encodeRoster, type Roster, type RosterMember } from '../../src/seal/roster.ts';
import type { SeatIn, Seals } from '../../src/seal/seals.ts';
import { id } from './seal-keys.ts';

export const VISIT = id('visit');

function digest(...parts: readonly Uint8Array[]): Bytes {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return Uint8Array.from(hash.digest());
}

/** Somebody with a browser. A reload makes a new one in the same seat. */
export interface Tab {
  seat: string;
  role: SeatRole;
  entry: Entry;
  epochs: Epochs;
  alarms: Alarm[];
  /** What it would seal with now. */
  sending: { epoch: number; secret: string } | null;
  /** seat → epoch → secret: what it opens. */
  opens: Map<string, Map<number, string>>;
  keyFrames: number;
  transcript: string | null;
}

export interface Letter {
  from: string;
  to: string;
  body: Bytes;
}

export class World {
  now = 1_790_000_000_000;
  readonly post: Letter[] = [];
  readonly log: Letter[] = [];
  readonly tabs = new Map<string, Tab>();
  readonly violations: string[] = [];
  /** Secret → who made it (seat and X25519 key), and whom it was wrapped for (X25519 keys). */
  readonly secrets = new Map<string, { seat: string; x: string; knows: Set<string> }>();
  private readonly used = new Set<string>();
  readonly memory = new Set<string>();
  private readonly blobs = new Map<string, Member & { role: SeatRole }>();
  private readonly signatures = new Map<string, string>();
  private readonly rosters = new Map<number, string[][]>();
  private readonly boxes = new Map<string, { way: string; plain: Bytes }>();
  private count = 0;

  constructor(private readonly luck: () => number) {}

  bytes(length: number): Bytes {
    this.count += 1;
    return concat(digest(utf8(`${this.luck()} ${this.count}`)), digest(utf8(`more ${this.luck()} ${this.count}`)), new Uint8Array(200)).slice(0, length);
  }

  /** The Ed25519 key of somebody's account. */
  ed(name: string): Bytes {
    return digest(utf8(`ed ${name}`));
  }

  enter(name: string, role: SeatRole): Entry {
    const [xPublic, nonce, blob] = [this.bytes(32), this.bytes(16), this.bytes(60)];
    const ed = role === 'guest' ? this.bytes(32) : this.ed(name);
    this.blobs.set(hex(blob), { x: xPublic, ed, commitment: digest(nonce), role });
    return { x: null as unknown as CryptoKey, xPublic, signer: { key: null as unknown as CryptoKey, ed }, nonce, blob };
  }

  open(name: string, role: SeatRole): Tab {
    const seat = id(name);
    this.close(seat);
    const entry = this.enter(name, role);
    const tab: Tab = { seat, role, entry, alarms: [], sending: null, opens: new Map(), keyFrames: 0, transcript: null, epochs: null as unknown as Epochs };
    tab.epochs = new Epochs({ visit: VISIT, seat, role, entry }, this.seals(tab), {
      now: () => this.now,
      pass: (to, body) => {
        const letter = { from: seat, to, body };
        this.log.push(letter);
        this.post.push(letter);
      },
      sendKey: (epoch, secret) => {
        // A key that comes into use twice would count from zero twice.
        if (this.used.has(hex(secret))) this.violations.push('a secret came into use twice');
        this.used.add(hex(secret));
        tab.sending = { epoch, secret: hex(secret) };
        tab.keyFrames += 1;
        this.judgeSending(tab);
      },
      mute: () => {
        tab.sending = null;
      },
      receiveKey: (from, epoch, secret) => this.judgeReceiving(tab, from, epoch, hex(secret)),
      dropKey: (from, epoch) => {
        tab.opens.get(from)?.delete(epoch);
      },
      alarm: (alarm) => tab.alarms.push(alarm),
      changed: () => undefined,
      transcriptKey: (key) => {
        tab.transcript = hex(key);
      },
      remembered: (mine, theirs) => Promise.resolve(this.memory.has(`${hex(mine)} ${hex(theirs)}`)),
      remember: (mine, theirs) => void this.memory.add(`${hex(mine)} ${hex(theirs)}`),
      forget: (mine, theirs) => void this.memory.delete(`${hex(mine)} ${hex(theirs)}`),
    });
    this.tabs.set(seat, tab);
    return tab;
  }

  close(seat: string): void {
    this.tabs.get(seat)?.epochs.close();
    this.tabs.delete(seat);
  }

  seatOf(tab: Tab): SeatIn {
    return { seat: tab.seat, role: tab.role, blob: tab.entry.blob, keys: tab.role === 'guest' ? null : [tab.entry.signer.ed] };
  }

  /** Shows everybody who is here. */
  showRoom(): void {
    const seats = [...this.tabs.values()].map((tab) => this.seatOf(tab));
    for (const tab of this.tabs.values()) tab.epochs.room(seats);
  }

  async deliver(letter: Letter): Promise<void> {
    const tab = this.tabs.get(letter.to);
    tab?.epochs.pass(letter.from, letter.body);
    await this.settle();
  }

  async settle(): Promise<void> {
    for (const tab of this.tabs.values()) await tab.epochs.idle();
  }

  /** Everything that is under way arrives, in order, and what follows from it. */
  async flush(): Promise<void> {
    await this.settle();
    for (let letter = this.post.shift(); letter !== undefined; letter = this.post.shift()) await this.deliver(letter);
  }

  /** Time passes on a good line. */
  async calm(ms: number, step = 250): Promise<void> {
    for (let past = 0; past < ms; past += step) {
      this.now += step;
      for (const tab of this.tabs.values()) tab.epochs.tick();
      await this.flush();
    }
  }

  /** Whether `reader` could open what `writer` seals now. */
  hears(reader: Tab, writer: Tab): boolean {
    return writer.sending !== null && reader.opens.get(writer.seat)?.get(writer.sending.epoch) === writer.sending.secret;
  }

  /** What this tab can do with its keys; a test may let it do what its page never would. */
  seals(tab: Tab): Seals {
    const { seat, entry } = tab;
    const mine = hex(entry.xPublic);
    const put = (way: string, plain: Bytes, length: number): Bytes => {
      const box = concat(digest(utf8(way), plain), digest(plain, utf8(way))).slice(0, length);
      this.boxes.set(hex(box), { way, plain: plain.slice() });
      return box;
    };
    const take = (way: string, box: Bytes): Bytes | null => {
      const found = this.boxes.get(hex(box));
      return found?.way === way ? found.plain.slice() : null;
    };
    return {
      secret: () => {
        const secret = this.bytes(32);
        this.secrets.set(hex(secret), { seat, x: mine, knows: new Set() });
        return secret;
      },
      member: ({ blob, role, keys }) => {
        const found = this.blobs.get(hex(blob));
        const fits = found?.role === role && (keys === null ? role === 'guest' : keys.some((one) => hex(one) === hex(found.ed)));
        return Promise.resolve(found !== undefined && fits ? found : null);
      },
      signRoster: (roster) => Promise.resolve(this.sign(hex(entry.signer.ed), roster)),
      openRoster: (signed, doctors) => Promise.resolve(this.opened(signed, doctors)),
      wrap: (to, epoch, roster, secret) => {
        this.secrets.get(hex(secret))?.knows.add(hex(to.x));
        return Promise.resolve(put(`${mine} ${hex(to.x)} ${seat} ${to.seat} ${epoch} ${hex(roster)}`, secret, 48));
      },
      unwrap: (from, epoch, roster, wrap) => Promise.resolve(take(`${hex(from.x)} ${mine} ${from.seat} ${seat} ${epoch} ${hex(roster)}`, wrap)),
      seal: (kind, to, plain) => Promise.resolve(put(this.way(kind, mine, to, seat, to.seat), plain, 60)),
      open: (kind, from, sealed) => Promise.resolve(take(this.way(kind, hex(from.x), { ...from, x: entry.xPublic }, from.seat, seat), sealed)),
      nonceCommitment: (nonce) => Promise.resolve(digest(nonce)),
      phrase: (one, other) => {
        const [a, b] = [one, other].sort((left, right) => (left.seat < right.seat ? -1 : 1));
        const hash = digest(...[a, b].flatMap((side) => (side === undefined ? [] : [utf8(side.seat), side.ed, side.nonce])));
        return Promise.resolve([...hash.slice(0, 5)].map((byte) => byte & 63));
      },
    };
  }

  private way(kind: PairKind, fromX: string, to: RosterMember, from: string, toSeat: string): string {
    return `${kind} ${fromX} ${hex(to.x)} ${from} ${toSeat}`;
  }

  /** Signs a roster with anybody's key: a test may play the forger, with a key that isn't the doctor's. */
  sign(ed: string, roster: Roster): Bytes {
    const signed = concat(encodeRoster(roster), digest(encodeRoster(roster), utf8(ed)), digest(utf8(ed), encodeRoster(roster)));
    this.signatures.set(hex(signed), ed);
    if (ed === hex(this.ed('doctor'))) this.rosters.set(roster.epoch, [...(this.rosters.get(roster.epoch) ?? []), roster.members.map((one) => hex(one.x))]);
    return signed;
  }

  private opened(signed: Bytes, doctors: readonly Bytes[]) {
    const by = this.signatures.get(hex(signed));
    if (by === undefined || !doctors.some((one) => hex(one) === by)) return null;
    return { roster: decodeRoster(signed.slice(0, signed.length - 64)), hash: digest(signed) };
  }

  /** What a browser seals with may be known to nobody but the members of a roster that the doctor signed. */
  private judgeSending(tab: Tab): void {
    const { epoch, secret } = tab.sending ?? { epoch: 0, secret: '' };
    const made = this.secrets.get(secret);
    const allowed = (this.rosters.get(epoch) ?? []).some((members) => members.includes(hex(tab.entry.xPublic)) && [...(made?.knows ?? [])].every((x) => members.includes(x)));
    if (made?.x !== hex(tab.entry.xPublic)) this.violations.push('somebody seals with a secret that is not their own');
    if (!allowed) this.violations.push('a secret is known outside of its roster');
  }

  private judgeReceiving(tab: Tab, from: string, epoch: number, secret: string): void {
    const made = this.secrets.get(secret);
    const rosters = this.rosters.get(epoch) ?? [];
    if (made?.seat !== from) this.violations.push('a key was taken that is not of the seat it is for');
    if (!rosters.some((members) => members.includes(made?.x ?? '') && members.includes(hex(tab.entry.xPublic)))) {
      this.violations.push('a key was taken from somebody who is in no roster of the doctor');
    }
    const epochs = tab.opens.get(from) ?? new Map<number, string>();
    epochs.set(epoch, secret);
    tab.opens.set(from, epochs);
  }
}
