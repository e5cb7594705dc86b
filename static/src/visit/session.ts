/** One visit as this tab lives it: from the preview through the door into the call and out, and back after every loss. */
import { effect, signal } from '@preact/signals';

import { holdOpen } from '../idle.ts';
import { keys } from '../keys.ts';
import { type InCall, kept } from '../kept.ts';
import { line, live } from '../live.ts';
import { Local } from '../local.ts';
import { sealVisit } from '../sealing.ts';
import { Frames } from '../seal/frames.ts';
import { base64url } from '../seal/bytes.ts';
import type { SeatRole, Signer } from '../seal/member.ts';
import type { EndedWhy, RefusalCode, SeatView, ServerMessage, ServerMessageOf, VisitView } from '../wire.ts';
import { Calling, type Prepared, type Tracks } from './calling.ts';
import { pairOf, signerOf } from './own-keys.ts';
import { Requests } from './requests.ts';
import { Ring } from './ring.ts';
import { RoomView } from './room.ts';
import { Shield } from './shield.ts';
import { Talk } from './talk.ts';

/** `locked`: our keys can't be used in this browser, so nobody could seal to us. */
export type Phase = 'preview' | 'joining' | 'lobby' | 'call' | 'left' | 'ended' | 'removed' | 'replaced' | 'refused' | 'locked';

/** In these the page doesn't lock, however long nobody touches it. */
const HOLDS_OPEN: ReadonlySet<Phase> = new Set<Phase>(['joining', 'lobby', 'call']);

/** How often the sealing is told that time goes on, in ms. */
const TICK_MS = 250;

/** Wait before we join again after the server could not let us in or media could not be mended, in ms. */
const REJOIN_AFTER_MS = 2_000;

export class Session {
  readonly phase = signal<Phase>('preview');
  readonly refusal = signal<{ code: RefusalCode; detail: string } | null>(null);
  readonly endedWhy = signal<EndedWhy | null>(null);
  /** The doctor's registration was suspended while this visit goes on. */
  readonly suspended = signal(false);
  readonly room = new RoomView();
  readonly local = new Local();
  readonly calling: Calling;
  readonly talk: Talk;
  readonly ring: Ring;
  readonly shield: Shield<Frames>;
  /** Our own Ed25519 key (base64url), once we have it. */
  readonly ed = signal<string | null>(null);
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

  constructor(readonly visit: string, owner: string, readonly role: SeatRole, private readonly lasting: boolean) {
    const now = (): number => Date.now();
    this.ring = new Ring({ now, ofVisit: () => keys.ofVisit(visit) });
    // The chat's key comes to whoever has no keys that last as it comes to a guest.
    this.talk = new Talk({ visit, owner, role: lasting ? role : 'guest' }, this.ring, (key) => role === 'doctor' && this.shield.give(key));
    this.shield = new Shield(visit, role, this.ring, {
      now,
      pass: (to, body) => void live.send({ t: 'pass', visit, to, body }),
      frames: (on) => new Frames(on),
      signer: () => this.signer(),
      broken: () => this.inside && this.again(),
      transcriptKey: (key) => this.talk.transcript.given(key),
      guest: (seat, ed) => this.talk.reader.meet(seat, ed),
      ...pairOf(kept),
    }, lasting);
    this.calling = new Calling(visit, this.room, this.shield, () => this.again());
    this.stops.push(live.hear((message) => this.hear(message)), this.followLine(), this.followLocal(), this.talk.follow(this.room), this.followTime(), this.followPhase());
    // What joining needs is on its way while somebody looks into the mirror.
    void this.signer().catch(() => undefined);
    void this.ring.ask().catch(() => undefined);
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
    return this.talk.chat.write(text);
  }

  /** What this person says about the words they share with somebody: the same, and their key is not new any more. */
  check(seat: string, isSame: boolean): void {
    this.shield.check(seat, isSame);
    const person = this.room.roster.value.find((one) => one.id === seat);
    if (isSame && person !== undefined && person.role !== 'guest') void this.acceptKeys(person.role);
  }

  /** The person was told that these keys are new, and goes on. */
  async acceptKeys(side: 'doctor' | 'patient'): Promise<void> {
    await keys.accept(this.ring.of.value?.[side] ?? []);
    await this.talk.transcript.look();
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
    this.talk.chat.paused();
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
      this.talk.chat.paused();
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

  private followTime(): () => void {
    const timer = window.setInterval(() => {
      if (this.phase.peek() !== 'call') return;
      this.shield.tick();
      this.talk.transcript.tick();
    }, TICK_MS);
    return () => window.clearInterval(timer);
  }

  /** Nobody touches a page for the length of a visit: it must not lock. */
  private followPhase(): () => void {
    return effect(() => (HOLDS_OPEN.has(this.phase.value) ? holdOpen() : undefined));
  }

  private async signer(): Promise<Signer | null> {
    const signer = await signerOf(this.visit, this.lasting);
    if (signer === null) return null;
    this.talk.sign(signer);
    this.ed.value = base64url(signer.ed);
    return signer;
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
    if (message.t === 'pong' || message.t === 'grant' || message.t === 'correction' || message.visit !== this.visit) return;
    switch (message.t) {
      case 'lobby': return this.atDoor(message);
      case 'joined': return this.joined(message);
      case 'answer': return void this.calling.answered(message);
      case 'slots': return this.calling.place(message.slots);
      case 'grow': return void this.calling.grow(message.people);
      case 'seat': return this.seatChanged(message.seat);
      case 'passed': return this.shield.passed(message.from, message.body);
      case 'said': return this.talk.chat.said(message);
      case 'history': return this.talk.chat.history(message);
      case 'quality': return this.room.rate(message.seat, message.level);
      case 'standing': this.suspended.value = message.doctor === 'suspended'; return;
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
    let prepared: Prepared | null = null;
    try {
      prepared = await this.calling.prepare(this.tracks());
    } catch (error) {
      console.error('no offer could be made', error);
      return this.again();
    }
    if (prepared === null || this.joinRe !== re || !this.inside) return;
    const { offer, key } = prepared;
    if (key === null) return this.out('locked');
    this.keep();
    live.send({ t: 'join', re, visit: this.visit, offer, seen: this.talk.chat.seen, mic: this.last.mic, cam: this.last.cam, key });
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
    this.talk.chat.joined(message.chat, message.last);
    this.phase.value = 'call';
    this.keep();
    void this.calling.joined(message);
    void this.talk.transcript.entered();
  }

  private seatChanged(seat: SeatView): void {
    this.room.changed(seat);
    this.shield.room(this.room.roster.value);
  }

  private refused(message: ServerMessageOf<'refused'>): void {
    const { re, code, detail } = message;
    if (re === null) return;
    if (re === this.joinRe) return this.notLetIn(code, detail);
    const asked = this.talk.chat.refused(re, code) || this.requests.refused(re, code, detail);
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
    if (this.lasting) void sealVisit(this.visit);
  }

  private out(phase: Phase): void {
    this.inside = false;
    this.hangUp();
    this.talk.chat.paused();
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
