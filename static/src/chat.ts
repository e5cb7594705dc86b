/** The chat of one visit: what is kept, in order and without gaps, and what is still on its way from here. */
import type { Reading } from './reader.ts';
import type { ClientMessage, RefusalCode, Said, ServerMessageOf } from './wire.ts';

/** Waits before a message the server could not keep is sent again, in ms; the last repeats. */
export const AGAIN_MS = [1_000, 2_000, 5_000, 10_000] as const;
/** How long a message may go unanswered on an open line before it is sent again, in ms. */
export const ANSWER_WITHIN_MS = 10_000;

/** A message written here, sealed, that the server has not yet said is on disk. */
export interface Unsent {
  id: string;
  visit: string;
  /** Whose it is, so that nobody else who signs in on this device sends it. */
  owner: string;
  /** base64url, sealed, ready to go. */
  body: string;
  /** When it was written, ms since 1970; also its place in the order. */
  at: number;
  /** Why it will never be kept, when it won't. */
  failed: RefusalCode | null;
}

/** Where unsent messages survive a reload and a crash. */
export interface OutboxStore {
  load(visit: string, owner: string): Promise<Unsent[]>;
  put(message: Unsent): Promise<void>;
  remove(id: string): Promise<void>;
}

/** A message written here that can't be sealed yet: it is in this tab only. */
interface Draft {
  id: string;
  at: number;
  text: string;
}

/** Where messages are sealed and opened. */
export interface ChatSeal {
  /** Null while there is no key. */
  seal(id: string, text: string): Promise<string | null>;
  /** What we sealed ourselves; null when it doesn't open (yet). */
  own(id: string, body: string): Promise<string | null>;
  /** The next kept messages, in order and without gaps; also one that came again. */
  take(messages: readonly Said[]): void;
  reading(seq: number): Reading;
  readonly differs: boolean;
}

export interface ChatPorts {
  store: OutboxStore;
  seal: ChatSeal;
  send(message: ClientMessage): boolean;
  /** A number for the next request. */
  re(): number;
  uuid(): string;
  now(): number;
  later(run: () => void, ms: number): number;
  cancel(timer: number): void;
  changed(): void;
}

/** A kept message, and what we can say of it. */
export interface KeptView extends Said {
  reading: Reading;
}

/** A message on its way. */
export interface UnsentView {
  id: string;
  at: number;
  /** Null when it was sealed before a reload and there is no key yet. */
  text: string | null;
  failed: RefusalCode | null;
  /** It waits for the key. */
  unsealed: boolean;
}

export interface ChatView {
  kept: readonly KeptView[];
  unsent: readonly UnsentView[];
  /** Messages were changed, dropped or reordered on their way. */
  differs: boolean;
  /** Something went wrong with the first unsent message and it is waiting for its next try. */
  retrying: boolean;
}

export class Chat {
  private readonly kept = new Map<number, Said>();
  private unsent: Unsent[] = [];
  private drafts: Draft[] = [];
  /** What our unsent messages say. */
  private readonly texts = new Map<string, string>();
  private sealing: Promise<void> = Promise.resolve();
  private last = 0;
  private highest = 0;
  private open = false;
  private asked: number | null = null;
  private flying: { re: number; id: string } | null = null;
  private timer: number | null = null;
  private tries = 0;
  private stamp = 0;

  constructor(
    readonly visit: string,
    readonly owner: string,
    private readonly ports: ChatPorts,
  ) {}

  /** Highest number up to which nothing is missing: what a `join` says we have `seen`. */
  get seen(): number {
    return this.last;
  }

  view(): ChatView {
    const { seal } = this.ports;
    const kept = [...this.kept.values()].filter((one) => one.seq <= this.last).sort((a, b) => a.seq - b.seq)
      .map((one) => ({ ...one, reading: seal.reading(one.seq) }));
    const sealed = this.unsent.map(({ id, at, failed }) => ({ id, at, failed, text: this.texts.get(id) ?? null, unsealed: false }));
    const drafts = this.drafts.map(({ id, at, text }) => ({ id, at, failed: null, text, unsealed: true }));
    return { kept, unsent: [...sealed, ...drafts], differs: seal.differs, retrying: this.tries > 0 || !this.open };
  }

  /** Brings back what was not sent before the page was closed. */
  async restore(): Promise<void> {
    const before = await this.ports.store.load(this.visit, this.owner);
    const here = new Set(this.unsent.map((one) => one.id));
    this.unsent = [...before.filter((one) => !here.has(one.id)), ...this.unsent].sort((a, b) => a.at - b.at);
    this.ports.changed();
    await this.recall();
    this.pump();
  }

  /** Writes a message: sealed, kept on this device, then sent. Without a key it waits in this tab. */
  async write(text: string): Promise<void> {
    this.stamp = Math.max(this.ports.now(), this.stamp + 1);
    this.drafts = [...this.drafts, { id: this.ports.uuid(), at: this.stamp, text }];
    this.ports.changed();
    await this.sealDrafts();
  }

  /** There is a key now: what waited for it is sealed and sent. */
  async keyed(): Promise<void> {
    await this.recall();
    await this.sealDrafts();
  }

  /** One after the other, so that the order stays as written. */
  private sealDrafts(): Promise<void> {
    this.sealing = this.sealing.then(async () => {
      for (let next = this.drafts[0]; next !== undefined; next = this.drafts[0]) {
        const body = await this.ports.seal.seal(next.id, next.text);
        if (body === null) return;
        await this.shelve(next, body);
      }
    });
    return this.sealing;
  }

  private async shelve({ id, at, text }: Draft, body: string): Promise<void> {
    const message = { id, visit: this.visit, owner: this.owner, body, at, failed: null };
    await this.ports.store.put(message).catch(() => undefined);
    this.texts.set(id, text);
    this.drafts = this.drafts.filter((one) => one.id !== id);
    this.unsent = [...this.unsent, message];
    this.ports.changed();
    this.pump();
  }

  /** Reads what was sealed before the page was loaded. */
  private async recall(): Promise<void> {
    for (const { id, body } of this.unsent) {
      const text = this.texts.has(id) ? null : await this.ports.seal.own(id, body);
      if (text !== null) this.texts.set(id, text);
    }
    this.ports.changed();
  }

  /** Takes back a message that will never be kept. */
  async discard(id: string): Promise<void> {
    this.unsent = this.unsent.filter((one) => one.id !== id);
    this.ports.changed();
    await this.ports.store.remove(id).catch(() => undefined);
  }

  /** We are in the room: what is there is added, what is missing asked for, what is waiting sent. */
  joined(chat: readonly Said[], last: number): void {
    this.open = true;
    this.asked = null;
    this.ground();
    this.tries = 0;
    chat.forEach((one) => this.add(one));
    this.settle(last);
  }

  /** The line is gone, or we are out of the room: nothing is sent until `joined`. */
  paused(): void {
    this.open = false;
    this.asked = null;
    this.ground();
    this.ports.changed();
  }

  said(message: Said): void {
    this.add(message);
    this.settle(message.seq);
  }

  history(page: ServerMessageOf<'history'>): void {
    if (page.re !== this.asked) return;
    this.asked = null;
    page.chat.forEach((one) => this.add(one));
    if (page.chat.length === 0) this.highest = this.last;
    this.settle(page.chat.length === 0 ? this.last : page.last);
  }

  /** Asks for everything after what we have (a visit that is over has no `joined` to bring it). */
  askHistory(): void {
    const re = this.ports.re();
    if (this.ports.send({ t: 'history', re, visit: this.visit, after: this.last })) this.asked = re;
  }

  /** Takes the refusal of one of our requests; false when it is somebody else's. */
  refused(re: number, code: RefusalCode): boolean {
    if (this.asked === re) {
      this.asked = null;
      return true;
    }
    if (this.flying?.re !== re) return false;
    const { id } = this.flying;
    this.ground();
    if (code === 'storage_full' || code === 'not_kept' || code === 'busy') this.again();
    else if (code !== 'not_in_room' && code !== 'not_open') this.fail(id, code);
    return true;
  }

  private add(message: Said): void {
    if (message.seq <= this.last) this.ports.seal.take([message]);
    else this.kept.set(message.seq, message);
    this.highest = Math.max(this.highest, message.seq);
    this.follow();
    if (!this.unsent.some((one) => one.id === message.id)) return;
    this.unsent = this.unsent.filter((one) => one.id !== message.id);
    void this.ports.store.remove(message.id).catch(() => undefined);
    if (this.flying?.id !== message.id) return;
    this.ground();
    this.tries = 0;
  }

  /** Goes on over what is there without a gap. */
  private follow(): void {
    for (let next = this.kept.get(this.last + 1); next !== undefined; next = this.kept.get(this.last + 1)) {
      this.ports.seal.take([next]);
      this.last += 1;
    }
  }

  private settle(last: number): void {
    this.highest = Math.max(this.highest, last);
    if (this.last < this.highest && this.asked === null) this.askHistory();
    this.ports.changed();
    this.pump();
  }

  /** Sends the first unsent message; the next follows its answer, so that the order stays as written. */
  private pump(): void {
    const next = this.unsent.find((one) => one.failed === null);
    if (!this.open || this.flying !== null || this.timer !== null || next === undefined) return;
    const re = this.ports.re();
    if (!this.ports.send({ t: 'say', re, visit: this.visit, id: next.id, body: next.body })) return;
    this.flying = { re, id: next.id };
    this.timer = this.ports.later(() => {
      this.timer = null;
      this.flying = null;
      this.tries += 1;
      this.ports.changed();
      this.pump();
    }, ANSWER_WITHIN_MS);
  }

  private again(): void {
    const wait = AGAIN_MS[Math.min(this.tries, AGAIN_MS.length - 1)] ?? 10_000;
    this.tries += 1;
    this.timer = this.ports.later(() => {
      this.timer = null;
      this.pump();
    }, wait);
    this.ports.changed();
  }

  private fail(id: string, code: RefusalCode): void {
    this.unsent = this.unsent.map((one) => (one.id === id ? { ...one, failed: code } : one));
    const failed = this.unsent.find((one) => one.id === id);
    if (failed !== undefined) void this.ports.store.put(failed).catch(() => undefined);
    this.ports.changed();
    this.pump();
  }

  private ground(): void {
    if (this.timer !== null) this.ports.cancel(this.timer);
    this.timer = null;
    this.flying = null;
  }
}
