/** Opens and judges the messages of one visit as they come, and seals what is written here. */
import { BadBytes, base64url, type Bytes, fromBase64url, same } from './seal/bytes.ts';
import { type Author, Chain, judge, openBody, sealBody, type SealedMessage, type TranscriptKey, type Verdict } from './seal/transcript.ts';
import type { Said } from './wire.ts';

/** What we can say of a message; `waiting`: there is no key yet, or it is just being opened. */
export type Reading = Verdict | { read: false; why: 'waiting' };

const WAITING: Reading = { read: false, why: 'waiting' };

/** One message, taken apart. */
interface Page {
  /** As it came first. */
  message: SealedMessage;
  reading: Reading;
  /** With which key and people it was read; null when it was not. */
  readFor: number | null;
}

function sealedMessage({ seq, id, seat, body }: Said): SealedMessage {
  try {
    return { seq, id, seat, body: fromBase64url(body) };
  } catch (error) {
    if (!(error instanceof BadBytes)) throw error;
    return { seq, id, seat, body: new Uint8Array() };
  }
}

export class Reader {
  private readonly pages = new Map<number, Page>();
  private readonly seats = new Map<string, Bytes[]>();
  private key: TranscriptKey | null = null;
  private author: Author | null = null;
  /** Grows with everything that may change a reading. */
  private version = 0;
  private queue: Promise<void> = Promise.resolve();
  private readonly chain: Promise<Chain>;
  private queued = false;
  private broken = false;

  constructor(private readonly visit: string, private readonly changed: () => void) {
    this.chain = Chain.of(visit);
  }

  get hasKey(): boolean {
    return this.key !== null;
  }

  /** Messages were changed, dropped or reordered on their way. */
  get differs(): boolean {
    return this.broken || [...this.pages.values()].some(({ reading }) => reading.read && reading.history === 'differs');
  }

  reading(seq: number): Reading {
    return this.pages.get(seq)?.reading ?? WAITING;
  }

  /** The key of this visit's chat, from now on. */
  open(key: TranscriptKey): void {
    if (this.key !== null && same(this.key, key)) return;
    this.key = key;
    this.again();
  }

  /** With what we sign. */
  sign(author: Author): void {
    this.author = author;
  }

  /** One more Ed25519 key of a seat: what it signs is from that seat. */
  meet(seat: string, ed: Bytes): void {
    const known = this.seats.get(seat) ?? [];
    if (known.some((one) => same(one, ed))) return;
    this.seats.set(seat, [...known, ed]);
    this.again();
  }

  /** The next messages, in their order and without gaps. What we have already must be the same. */
  take(messages: readonly Said[]): void {
    for (const said of messages) {
      const message = sealedMessage(said);
      const old = this.pages.get(said.seq)?.message;
      if (old === undefined) this.pages.set(said.seq, { message, reading: WAITING, readFor: null });
      else if (old.id !== message.id || old.seat !== message.seat || !same(old.body, message.body)) this.broken = true;
    }
    this.soon();
  }

  /** Seals a text under an id (base64url); null while there is no key. What we have read until now is sealed with it. */
  async seal(id: string, text: string): Promise<string | null> {
    await this.queue;
    const { author, key } = this;
    if (author === null || key === null) return null;
    const seen = (await this.chain).head;
    return base64url(await sealBody(key, { visit: this.visit, message: id, author, seen, text }));
  }

  /** What we wrote ourselves under this id and did not send yet; null when it doesn't open. */
  async own(id: string, body: string): Promise<string | null> {
    if (this.key === null) return null;
    try {
      return (await openBody(this.key, this.visit, id, fromBase64url(body))).text;
    } catch {
      return null;
    }
  }

  /** Resolves when everything that came so far was read. */
  async idle(): Promise<void> {
    await this.queue;
  }

  /** Everything that isn't settled is read again. */
  private again(): void {
    this.version += 1;
    this.soon();
  }

  private soon(): void {
    if (this.queued) return;
    this.queued = true;
    this.queue = this.queue.then(() => this.read());
  }

  private async read(): Promise<void> {
    const chain = await this.chain;
    this.queued = false;
    const { version } = this;
    let news = false;
    for (const page of this.pages.values()) {
      if (page.message.seq > chain.head.seq && !(await chain.push(page.message))) break;
      if (this.key === null || page.readFor === version) continue;
      if (page.readFor !== null && page.reading.read && page.reading.author === 'seat') continue;
      page.reading = await judge(this.key, this.visit, page.message, chain, this.seats.get(page.message.seat) ?? []);
      page.readFor = version;
      news = true;
    }
    if (news || this.broken) this.changed();
  }
}
