/** One visit as this tab lives it: from the preview through the door into the call and out, and back after every loss. */
import { effect, signal } from '@preact/signals';

import { Chat, type ChatView } from '../chat.ts';
import { type InCall, kept } from '../kept.ts';
import { line, live } from '../live.ts';
import { Local } from '../local.ts';
import { outbox } from '../outbox.ts';
import type { EndedWhy, RefusalCode, ServerMessage, ServerMessageOf, VisitView } from '../wire.ts';
import { pack } from '../words.ts';
import { Calling, type Tracks } from './calling.ts';
import { Requests } from './requests.ts';
import { RoomView } from './room.ts';

export type Phase = 'preview' | 'joining' | 'lobby' | 'call' | 'left' | 'ended' | 'removed' | 'replaced' | 'refused';

/** How long changes of the chat are gathered before they are shown, in ms: a flood is drawn once a frame. */
const DRAW_EVERY_MS = 16;
/** Wait before we join again after the server could not let us in or media could not be mended, in ms. */
const REJOIN_AFTER_MS = 2_000;

export class Session {
  readonly phase = signal<Phase>('preview');
  readonly refusal = signal<{ code: RefusalCode; detail: string } | null>(null);
  readonly endedWhy = signal<EndedWhy | null>(null);
  readonly chatView = signal<ChatView>({ kept: [], unsent: [], retrying: false });
  readonly room = new RoomView();
  readonly local = new Local();
  readonly calling: Calling;
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
  private timer: number | null = null;
  private drawing: number | null = null;

  constructor(readonly visit: string, owner: string) {
    this.calling = new Calling(visit, this.room, () => this.again());
    this.chat = new Chat(visit, owner, {
      store: outbox,
      send: live.send,
      re: live.re,
      uuid: () => crypto.randomUUID(),
      now: () => Date.now(),
      later: (run, ms) => window.setTimeout(run, ms),
      cancel: (timer) => window.clearTimeout(timer),
      changed: () => {
        this.drawing ??= window.setTimeout(() => {
          this.drawing = null;
          this.chatView.value = this.chat.view();
        }, DRAW_EVERY_MS);
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
      this.calling.lineLost();
      this.requests.lost();
      this.chat.paused();
    });
  }

  private followLocal(): () => void {
    return effect(() => {
      this.local.version.value;
      this.calling.send(this.tracks());
      if (!this.inside) return;
      this.keep();
      live.send({ t: 'show', visit: this.visit, mic: this.last.mic, cam: this.last.cam });
    });
  }

  private tracks(): Tracks {
    return { audio: this.local.microphone.peek().track, video: this.local.camera.peek().track };
  }

  private keep(): void {
    this.last = { mic: this.local.microphone.peek().on, cam: this.local.camera.peek().on };
    if (this.phase.peek() === 'call') kept.setInCall(this.visit, this.last);
  }

  private hear(message: ServerMessage): void {
    if (message.t === 'welcome') return this.inside ? void this.enter() : undefined;
    if (message.t === 'done') return this.requests.done(message.re);
    if (message.t === 'refused') return this.refused(message);
    if (message.t === 'visit') return this.changed(message.visit);
    if (message.t === 'pong' || message.visit !== this.visit) return;
    switch (message.t) {
      case 'lobby': return this.atDoor(message);
      case 'joined': return this.joined(message);
      case 'answer': return void this.calling.answered(message);
      case 'slots': return this.room.place(message.slots);
      case 'grow': return void this.calling.grow(message.people);
      case 'seat': return this.room.changed(message.seat);
      case 'said': return this.chat.said(message);
      case 'history': return this.chat.history(message);
      case 'quality': return this.room.rate(message.seat, message.level);
      case 'restart': return this.inside ? void this.enter() : undefined;
      case 'removed': return this.out('removed');
      case 'replaced': return this.out('replaced');
      case 'ended': return this.ended(message.why);
    }
  }

  /** Offers a new connection and asks for our seat. Whatever was there before stays until the new one is up. */
  private async enter(): Promise<void> {
    if (line.value !== 'open') return live.open();
    const re = live.re();
    this.joinRe = re;
    this.entering = true;
    let offer: string | null = null;
    try {
      offer = await this.calling.prepare(this.tracks());
    } catch (error) {
      console.error('no offer could be made', error);
      return this.again();
    }
    if (offer === null || this.joinRe !== re || !this.inside) return;
    this.keep();
    live.send({ t: 'join', re, visit: this.visit, offer, seen: this.chat.seen, mic: this.last.mic, cam: this.last.cam });
  }

  /** Takes our seat anew, a moment from now. */
  private again(): void {
    if (this.timer !== null) window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      this.timer = null;
      if (this.inside) void this.enter();
    }, REJOIN_AFTER_MS);
  }

  private atDoor(message: ServerMessageOf<'lobby'>): void {
    if (message.re !== this.joinRe) return;
    this.entering = false;
    this.room.seat.value = message.seat;
    this.phase.value = 'lobby';
  }

  private joined(message: ServerMessageOf<'joined'>): void {
    if (message.re !== this.joinRe) return;
    this.entering = false;
    this.room.joined(message.seat, message.roster);
    this.chat.joined(message.chat, message.last);
    this.phase.value = 'call';
    this.keep();
    void this.calling.joined(message);
  }

  private refused(message: ServerMessageOf<'refused'>): void {
    const { re, code, detail } = message;
    if (re === null) return;
    if (re === this.joinRe) return this.notLetIn(code, detail);
    const asked = this.chat.refused(re, code) || this.requests.refused(re, code, detail);
    const lost = code === 'not_in_room' || this.calling.refused(re);
    if (asked && !lost) return;
    // The room was rebuilt without us, or our offer doesn't fit it: take our seat anew.
    if (lost && this.inside && this.phase.value === 'call' && !this.entering) void this.enter();
  }

  private notLetIn(code: RefusalCode, detail: string): void {
    this.entering = false;
    if (code === 'busy' || code === 'not_kept' || code === 'storage_full') return this.again();
    if (code === 'ended') return this.out('ended');
    if (code === 'removed') return this.out('removed');
    this.refusal.value = { code, detail };
    this.out('refused');
  }

  /** The visit ended while we were not inside. */
  private changed(visit: VisitView): void {
    if (visit.id === this.visit && visit.state === 'ended' && !this.inside && this.phase.value !== 'removed') this.ended(null);
  }

  private ended(why: EndedWhy | null): void {
    this.endedWhy.value ??= why;
    this.out('ended');
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
    this.calling.close();
  }
}
