/** One visit as this tab lives it: from the preview through the door into the call and out, and back after every loss. */
import { effect, signal } from '@preact/signals';

import { Chat, type ChatView } from '../chat.ts';
import { type InCall, kept } from '../kept.ts';
import { line, live } from '../live.ts';
import { Local } from '../local.ts';
import { Connection } from '../media.ts';
import { outbox } from '../outbox.ts';
import type { EndedWhy, RefusalCode, ServerMessage, ServerMessageOf } from '../wire.ts';
import { pack } from '../words.ts';
import { Requests } from './requests.ts';
import { RoomView } from './room.ts';

export type Phase = 'preview' | 'joining' | 'lobby' | 'call' | 'left' | 'ended' | 'removed' | 'replaced' | 'refused';

/** How long the old connection is still shown while the new one comes up, in ms. */
const SWAP_WITHIN_MS = 3_000;
/** Wait before we join again after the server was too busy to let us, in ms. */
const REJOIN_AFTER_MS = 2_000;

export class Session {
  readonly phase = signal<Phase>('preview');
  readonly refusal = signal<{ code: RefusalCode; detail: string } | null>(null);
  readonly endedWhy = signal<EndedWhy | null>(null);
  readonly mediaUp = signal(false);
  readonly chatView = signal<ChatView>({ kept: [], unsent: [], retrying: false });
  readonly room = new RoomView();
  readonly local = new Local();
  readonly chat: Chat;
  /** How microphone and camera were when we were last inside. */
  last: InCall = { mic: false, cam: false };

  private readonly requests = new Requests(live.send);
  private readonly stops: (() => void)[] = [];
  /** We want to be inside: every time the line opens, we join. */
  private inside = false;
  private joinRe = 0;
  /** A `join` is under way, from the first thought of it to its answer. */
  private entering = false;
  private offerRe = 0;
  private people = 2;
  private active: Connection | null = null;
  private coming: Connection | null = null;
  private timer: number | null = null;

  constructor(readonly visit: string, owner: string) {
    this.chat = new Chat(visit, owner, {
      store: outbox,
      send: live.send,
      re: live.re,
      uuid: () => crypto.randomUUID(),
      now: () => Date.now(),
      later: (run, ms) => window.setTimeout(run, ms),
      cancel: (timer) => window.clearTimeout(timer),
      changed: () => {
        this.chatView.value = this.chat.view();
      },
    });
    void this.chat.restore();
    this.stops.push(live.hear((message) => this.hear(message)), this.followLine(), this.followLocal());
    live.open();
  }

  /** Takes our seat, or takes it again. */
  join(): void {
    performance.clearMeasures('join-to-first-frame');
    performance.mark('join');
    this.inside = true;
    if (this.phase.value !== 'lobby' && this.phase.value !== 'call') this.phase.value = 'joining';
    void this.enter();
  }

  /** Takes our seat again with microphone and camera as they were. */
  rejoin({ mic, cam }: InCall): void {
    if (mic && cam) void this.local.startBoth();
    else if (mic) void this.local.set('microphone', true);
    else if (cam) void this.local.set('camera', true);
    this.join();
  }

  /** Hangs up; the visit goes on. */
  leave(): void {
    const { visit } = this;
    live.send({ t: 'leave', re: live.re(), visit });
    this.out('left');
  }

  end(): Promise<void> {
    return this.requests.ask({ t: 'end', re: live.re(), visit: this.visit });
  }

  admit(seat: string): Promise<void> {
    return this.requests.ask({ t: 'admit', re: live.re(), visit: this.visit, seat });
  }

  remove(seat: string): Promise<void> {
    return this.requests.ask({ t: 'remove', re: live.re(), visit: this.visit, seat });
  }

  write(text: string): Promise<void> {
    return this.chat.write(pack(text));
  }

  /** The first picture of the other person is on the screen. */
  frameSeen(): void {
    if (performance.getEntriesByName('join-to-first-frame').length > 0) return;
    if (performance.getEntriesByName('join').length === 0) return;
    performance.measure('join-to-first-frame', 'join');
    performance.clearMarks('join');
  }

  /** The page goes away. */
  dispose(): void {
    if (this.inside) live.send({ t: 'leave', re: live.re(), visit: this.visit });
    this.inside = false;
    this.stops.forEach((stop) => stop());
    this.chat.paused();
    this.hangUp();
    this.local.stop();
  }

  private followLine(): () => void {
    return effect(() => {
      if (line.value === 'open') return;
      if (line.value === 'signed_out' && this.inside) queueMicrotask(() => this.out('removed'));
      this.entering = false;
      this.offerRe = 0;
      this.requests.lost();
      this.chat.paused();
    });
  }

  private followLocal(): () => void {
    return effect(() => {
      this.local.version.value;
      const mic = this.local.microphone.value;
      const cam = this.local.camera.value;
      for (const connection of [this.active, this.coming]) void connection?.send(mic.track, cam.track).catch(() => undefined);
      if (!this.inside) return;
      this.keep();
      live.send({ t: 'show', visit: this.visit, mic: mic.on, cam: cam.on });
    });
  }

  private hear(message: ServerMessage): void {
    if (message.t === 'welcome') return this.inside ? void this.enter() : undefined;
    if (message.t === 'done') return this.requests.done(message.re);
    if (message.t === 'refused') return this.refused(message);
    if (message.t === 'visit' || message.t === 'pong' || message.visit !== this.visit) return;
    switch (message.t) {
      case 'lobby': return this.atDoor(message);
      case 'joined': return void this.joined(message);
      case 'answer': return void this.answered(message);
      case 'slots': return this.room.place(message.slots);
      case 'grow': return void this.grow(message.people);
      case 'seat': return this.room.changed(message.seat);
      case 'said': return this.chat.said(message);
      case 'history': return this.chat.history(message);
      case 'quality': return this.room.rate(message.seat, message.level);
      case 'restart': return this.inside ? void this.enter() : undefined;
      case 'removed': return this.out('removed');
      case 'replaced': return this.out('replaced');
      case 'ended':
        this.endedWhy.value = message.why;
        return this.out('ended');
    }
  }

  /** Offers a new connection and asks for our seat. Whatever was there before stays until the new one is up. */
  private async enter(): Promise<void> {
    if (line.value !== 'open') return live.open();
    const re = live.re();
    this.joinRe = re;
    this.entering = true;
    this.coming?.close();
    const connection = this.connect();
    this.coming = connection;
    const mic = this.local.microphone.peek();
    const cam = this.local.camera.peek();
    await connection.send(mic.track, cam.track).catch(() => undefined);
    const offer = await connection.offer();
    if (this.joinRe !== re || !this.inside) return;
    this.keep();
    live.send({ t: 'join', re, visit: this.visit, offer, seen: this.chat.seen, mic: mic.on, cam: cam.on });
  }

  private keep(): void {
    this.last = { mic: this.local.microphone.peek().on, cam: this.local.camera.peek().on };
    if (this.phase.peek() === 'call') kept.setInCall(this.visit, this.last);
  }

  private connect(): Connection {
    const connection: Connection = new Connection(this.people, {
      onUp: () => this.up(connection),
      onDown: () => this.active === connection && (this.mediaUp.value = false),
      onOfferNeeded: () => void this.offer(connection),
      onLost: () => this.inside && void this.enter(),
    });
    return connection;
  }

  private atDoor(message: ServerMessageOf<'lobby'>): void {
    if (message.re !== this.joinRe) return;
    this.entering = false;
    this.room.seat.value = message.seat;
    this.phase.value = 'lobby';
  }

  private async joined(message: ServerMessageOf<'joined'>): Promise<void> {
    const connection = this.coming;
    if (message.re !== this.joinRe || connection === null) return;
    this.entering = false;
    this.room.joined(message.seat, message.roster);
    this.room.place(message.slots);
    this.chat.joined(message.chat, message.last);
    this.phase.value = 'call';
    this.keep();
    await connection.answered(message.answer);
    if (this.active === null || !this.active.up) this.swap(connection);
    else this.later(() => this.swap(connection), SWAP_WITHIN_MS);
    await this.grow(message.people);
  }

  private up(connection: Connection): void {
    if (this.coming === connection) this.swap(connection);
    if (this.active === connection) this.mediaUp.value = true;
  }

  private swap(connection: Connection): void {
    if (this.coming !== connection) return;
    const old = this.active;
    this.active = connection;
    this.coming = null;
    this.mediaUp.value = connection.up;
    this.room.carry(connection);
    old?.close();
  }

  private async grow(people: number): Promise<void> {
    this.people = Math.max(this.people, people);
    const connection = this.coming ?? this.active;
    if (connection === null || connection.fits(this.people)) return;
    if (this.offerRe !== 0) return;
    connection.room(this.people);
    await this.offer(connection);
  }

  private async offer(connection: Connection): Promise<void> {
    if (line.value !== 'open' || (connection !== this.active && connection !== this.coming)) return;
    const re = live.re();
    this.offerRe = re;
    const offer = await connection.offer();
    if (this.offerRe === re) live.send({ t: 'offer', re, visit: this.visit, offer });
  }

  private async answered(message: ServerMessageOf<'answer'>): Promise<void> {
    if (message.re !== this.offerRe) return;
    this.offerRe = 0;
    const connection = this.coming ?? this.active;
    await connection?.answered(message.answer);
    this.room.place(message.slots);
    await this.grow(this.people);
  }

  private refused(message: ServerMessageOf<'refused'>): void {
    const { re, code, detail } = message;
    if (re !== null && re === this.joinRe) return this.notLetIn(code, detail);
    const mine = re !== null && (this.chat.refused(re, code) || this.requests.refused(re, code, detail));
    if (re === this.offerRe) this.offerRe = 0;
    else if (mine && code !== 'not_in_room') return;
    // The room was rebuilt without us, or our offer doesn't fit it: take our seat anew.
    if (re !== null && this.inside && this.phase.value === 'call' && !this.entering) void this.enter();
  }

  private notLetIn(code: RefusalCode, detail: string): void {
    this.entering = false;
    if (code === 'busy' || code === 'not_kept' || code === 'storage_full') {
      this.later(() => this.inside && void this.enter(), REJOIN_AFTER_MS);
      return;
    }
    if (code === 'ended') return this.out('ended');
    if (code === 'removed') return this.out('removed');
    this.refusal.value = { code, detail };
    this.out('refused');
  }

  private out(phase: Phase): void {
    this.inside = false;
    this.hangUp();
    this.chat.paused();
    this.local.stop();
    if (phase !== 'replaced') kept.setInCall(this.visit, null);
    this.phase.value = phase;
  }

  private hangUp(): void {
    if (this.timer !== null) window.clearTimeout(this.timer);
    this.timer = null;
    this.joinRe = 0;
    this.entering = false;
    this.offerRe = 0;
    this.room.carry(null);
    this.coming?.close();
    this.active?.close();
    this.coming = null;
    this.active = null;
    this.mediaUp.value = false;
  }

  private later(run: () => void, ms: number): void {
    if (this.timer !== null) window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      this.timer = null;
      run();
    }, ms);
  }
}
