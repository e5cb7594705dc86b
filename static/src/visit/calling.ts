/** The media of one visit over its changes: a new connection comes up before the old one goes. */
import { signal } from '@preact/signals';

import { line, live } from '../live.ts';
import { Connection, type Summary } from '../media.ts';
import type { ServerMessageOf } from '../wire.ts';
import type { RoomView } from './room.ts';

/** How long the old connection is still shown while the new one comes up, in ms. */
const SWAP_WITHIN_MS = 3_000;

export interface Tracks {
  audio: MediaStreamTrack | null;
  video: MediaStreamTrack | null;
}

export class Calling {
  /** Media flows. */
  readonly up = signal(false);
  private active: Connection | null = null;
  private coming: Connection | null = null;
  private people = 2;
  private offerRe = 0;
  private timer: number | null = null;

  constructor(
    private readonly visit: string,
    private readonly room: RoomView,
    /** The connection is beyond mending: our seat must be taken anew. */
    private readonly rejoin: () => void,
  ) {}

  /** Makes a new connection and its offer; null when another one was begun in the meantime. */
  async prepare(tracks: Tracks): Promise<string | null> {
    this.coming?.close();
    const connection = this.connect();
    this.coming = connection;
    try {
      await connection.send(tracks.audio, tracks.video);
      const offer = await connection.offer();
      return this.coming === connection ? offer : null;
    } catch (error) {
      if (this.coming !== connection) return null;
      throw error;
    }
  }

  /** Sends these tracks on whatever connection there is. */
  send(tracks: Tracks): void {
    for (const connection of [this.active, this.coming]) {
      connection?.send(tracks.audio, tracks.video).catch((error: unknown) => console.error('a track could not be sent', error));
    }
  }

  /** Our seat is ours: the new connection takes over as soon as media flows on it. */
  async joined(message: ServerMessageOf<'joined'>): Promise<void> {
    const connection = this.coming;
    if (connection === null) return;
    this.offerRe = 0;
    this.room.place(message.slots);
    if (!(await this.answer(connection, message.answer))) return;
    if (this.active === null || !this.active.up) this.swap(connection);
    else this.later(() => this.swap(connection));
    await this.grow(message.people);
  }

  async answered(message: ServerMessageOf<'answer'>): Promise<void> {
    const connection = this.coming ?? this.active;
    if (message.re !== this.offerRe || connection === null) return;
    this.offerRe = 0;
    if (!(await this.answer(connection, message.answer))) return;
    this.room.place(message.slots);
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
    const connection = this.coming ?? this.active;
    if (connection === null || connection.fits(this.people) || this.offerRe !== 0) return;
    connection.room(this.people);
    await this.offer(connection);
  }

  /** Figures of the connection in use, when there is one. */
  async summary(): Promise<Summary | null> {
    return (await this.active?.summary()) ?? null;
  }

  /** The line is gone: no offer of ours will be answered. */
  lineLost(): void {
    this.offerRe = 0;
  }

  close(): void {
    this.calm();
    this.offerRe = 0;
    this.room.carry(null);
    this.coming?.close();
    this.active?.close();
    this.coming = null;
    this.active = null;
    this.up.value = false;
  }

  private connect(): Connection {
    const connection: Connection = new Connection(this.people, {
      onUp: () => this.flows(connection),
      onDown: () => this.active === connection && (this.up.value = false),
      onOfferNeeded: () => void this.offer(connection),
      onLost: () => this.rejoin(),
    });
    return connection;
  }

  private async answer(connection: Connection, sdp: string): Promise<boolean> {
    try {
      await connection.answered(sdp);
      return true;
    } catch (error) {
      console.error('the answer of the server could not be used', error);
      if (connection === this.coming || connection === this.active) this.rejoin();
      return false;
    }
  }

  private async offer(connection: Connection): Promise<void> {
    if (line.value !== 'open' || (connection !== this.active && connection !== this.coming)) return;
    const re = live.re();
    this.offerRe = re;
    try {
      const offer = await connection.offer();
      if (this.offerRe === re) live.send({ t: 'offer', re, visit: this.visit, offer });
    } catch (error) {
      if (this.offerRe !== re) return;
      console.error('no new offer could be made', error);
      this.rejoin();
    }
  }

  private flows(connection: Connection): void {
    if (this.coming === connection) this.swap(connection);
    if (this.active === connection) this.up.value = true;
  }

  private swap(connection: Connection): void {
    if (this.coming !== connection) return;
    this.calm();
    const old = this.active;
    this.active = connection;
    this.coming = null;
    this.up.value = connection.up;
    this.room.carry(connection);
    old?.close();
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
