/** The media of one visit over its changes: a new connection comes up before the old one goes. */
import { signal } from '@preact/signals';

import { line, live } from '../live.ts';
import { Connection, type Summary } from '../media.ts';
import type { Frames } from '../seal/frames.ts';
import type { Counters } from '../seal/pipes.ts';
import type { ServerMessageOf, Slot } from '../wire.ts';
import type { RoomView } from './room.ts';
import type { Guard, Shield } from './shield.ts';

/** How long the old connection is still shown while the new one comes up, in ms. */
const SWAP_WITHIN_MS = 3_000;

export interface Tracks {
  audio: MediaStreamTrack | null;
  video: MediaStreamTrack | null;
}

/** A connection and what seals it: they come and go together. */
interface Leg {
  connection: Connection;
  guard: Guard<Frames>;
}

/** What a `join` needs. */
export interface Prepared {
  offer: string;
  /** Base64url; null when our keys can't be used here. */
  key: string | null;
}

export class Calling {
  /** Media flows. */
  readonly up = signal(false);
  private active: Leg | null = null;
  private coming: Leg | null = null;
  /** The leg that has our seat. */
  private seated: Leg | null = null;
  private people = 2;
  private offerRe = 0;
  private timer: number | null = null;

  constructor(
    private readonly visit: string,
    private readonly room: RoomView,
    private readonly shield: Shield<Frames>,
    /** The connection is beyond mending: our seat must be taken anew. */
    private readonly rejoin: () => void,
  ) {}

  /** Makes a new connection, its offer and its keys; null when another one was begun in the meantime. */
  async prepare(tracks: Tracks): Promise<Prepared | null> {
    if (this.coming !== null) drop(this.coming);
    const leg = this.connect();
    this.coming = leg;
    try {
      await leg.connection.send(tracks.audio, tracks.video);
      const [offer, key] = await Promise.all([leg.connection.offer(), leg.guard.blob]);
      return this.coming === leg ? { offer, key } : null;
    } catch (error) {
      if (this.coming !== leg) return null;
      throw error;
    }
  }

  /** Sends these tracks on whatever connection there is. */
  send(tracks: Tracks): void {
    for (const leg of [this.active, this.coming]) {
      leg?.connection.send(tracks.audio, tracks.video).catch(unsent);
    }
  }

  /** Our seat is ours: the new connection takes over as soon as media flows on it. */
  async joined(message: ServerMessageOf<'joined'>): Promise<void> {
    const leg = this.coming;
    if (leg === null) return;
    this.offerRe = 0;
    this.seated = leg;
    this.place(message.slots);
    this.shield.joined(leg.guard.seal, message.seat, message.roster);
    if (!(await this.answer(leg, message.answer))) return;
    if (this.active === null || !this.active.connection.up) this.swap(leg);
    else this.later(() => this.swap(leg));
    await this.grow(message.people);
  }

  /** Who comes in which slot: what comes there is opened as theirs, and only as theirs. */
  place(slots: readonly Slot[]): void {
    this.seated?.connection.place(slots);
    this.room.place(slots);
  }

  async answered(message: ServerMessageOf<'answer'>): Promise<void> {
    const leg = this.coming ?? this.active;
    if (message.re !== this.offerRe || leg === null) return;
    this.offerRe = 0;
    if (!(await this.answer(leg, message.answer))) return;
    this.place(message.slots);
    await this.grow(this.people);
  }

  /** The server refused something: true when it was an offer of ours. */
  refused(re: number): boolean {
    if (re !== this.offerRe) return false;
    this.offerRe = 0;
    return true;
  }

  /** Makes room for this many people; one offer at a time. */
  async grow(people: number): Promise<void> {
    this.people = Math.max(this.people, people);
    const leg = this.coming ?? this.active;
    if (leg === null || leg.connection.fits(this.people) || this.offerRe !== 0) return;
    leg.connection.room(this.people);
    await this.offer(leg);
  }

  /** Figures of the connection in use, when there is one. */
  async summary(): Promise<Summary | null> {
    return (await this.active?.connection.summary()) ?? null;
  }

  /** How sealing goes on the connection in use: bytes added, time taken, what was dropped. */
  async counters(): Promise<Counters | null> {
    return (await this.active?.guard.frames.counters()) ?? null;
  }

  /** The line is gone: no offer of ours will be answered. */
  lineLost(): void {
    this.offerRe = 0;
  }

  close(): void {
    this.calm();
    this.offerRe = 0;
    this.room.carry(null);
    this.shield.left();
    for (const leg of [this.coming, this.active]) if (leg !== null) drop(leg);
    this.coming = null;
    this.active = null;
    this.seated = null;
    this.up.value = false;
  }

  private connect(): Leg {
    const guard = this.shield.guard(() => leg.connection.keyArrived().catch(unsent));
    const leg: Leg = {
      guard,
      connection: new Connection(this.people, guard.frames, {
        onUp: () => this.flows(leg),
        onDown: () => this.active === leg && (this.up.value = false),
        onOfferNeeded: () => void this.offer(leg),
        onLost: () => this.rejoin(),
      }),
    };
    return leg;
  }

  private async answer(leg: Leg, sdp: string): Promise<boolean> {
    try {
      await leg.connection.answered(sdp);
      return true;
    } catch (error) {
      console.error('the answer of the server could not be used', error);
      if (leg === this.coming || leg === this.active) this.rejoin();
      return false;
    }
  }

  private async offer(leg: Leg): Promise<void> {
    if (line.value !== 'open' || (leg !== this.active && leg !== this.coming)) return;
    const re = live.re();
    this.offerRe = re;
    try {
      const offer = await leg.connection.offer();
      if (this.offerRe === re) live.send({ t: 'offer', re, visit: this.visit, offer });
    } catch (error) {
      if (this.offerRe !== re) return;
      console.error('no new offer could be made', error);
      this.rejoin();
    }
  }

  private flows(leg: Leg): void {
    if (this.coming === leg) this.swap(leg);
    if (this.active === leg) this.up.value = true;
  }

  private swap(leg: Leg): void {
    if (this.coming !== leg) return;
    this.calm();
    const old = this.active;
    this.active = leg;
    this.coming = null;
    this.up.value = leg.connection.up;
    this.room.carry(leg.connection);
    if (old !== null) drop(old);
  }

  private later(run: () => void): void {
    this.calm();
    this.timer = window.setTimeout(run, SWAP_WITHIN_MS);
  }

  private calm(): void {
    if (this.timer !== null) window.clearTimeout(this.timer);
    this.timer = null;
  }
}

function drop({ connection, guard }: Leg): void {
  connection.close();
  guard.seal.close();
}

function unsent(error: unknown): void {
  console.error('a track could not be sent', error);
}
