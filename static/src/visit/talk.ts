/** The chat of a visit as this tab has it: what is written, what can be read, and the key for both. */
import { effect, signal } from '@preact/signals';

import { Chat, type ChatView } from '../chat.ts';
import { kept } from '../kept.ts';
import { live } from '../live.ts';
import { outbox } from '../outbox.ts';
import { Reader } from '../reader.ts';
import { base64url, type Bytes, fromBase64url } from '../seal/bytes.ts';
import type { SeatRole, Signer } from '../seal/member.ts';
import { transcriptPorts } from './own-keys.ts';
import type { Ring } from './ring.ts';
import type { RoomView } from './room.ts';
import { Transcript } from './transcript.ts';

/** How long changes of the chat are gathered before they are shown, in ms: a flood is drawn once a frame. */
const DRAW_EVERY_MS = 16;

export interface TalkPlace {
  visit: string;
  /** Whose unsent messages these are. */
  owner: string;
  role: SeatRole;
}

export class Talk {
  readonly view = signal<ChatView>({ kept: [], unsent: [], differs: false, retrying: false });
  readonly chat: Chat;
  readonly reader: Reader;
  readonly transcript: Transcript;
  private mine: Bytes[] = [];
  private drawing: number | null = null;

  constructor(
    private readonly place: TalkPlace,
    private readonly ring: Ring,
    /** The key of the chat is here; a doctor gives it to guests. */
    private readonly found: (key: Bytes) => void,
  ) {
    const { visit, owner, role } = place;
    this.reader = new Reader(visit, () => this.redraw());
    this.transcript = new Transcript(role, ring, { now: () => Date.now(), ...transcriptPorts, found: (key) => this.keyFound(key) });
    this.chat = new Chat(visit, owner, {
      store: outbox,
      seal: this.reader,
      send: live.send,
      re: live.re,
      uuid: () => crypto.randomUUID(),
      now: () => Date.now(),
      later: (run, ms) => window.setTimeout(run, ms),
      cancel: (timer) => window.clearTimeout(timer),
      changed: () => this.redraw(),
    });
    void this.chat.restore();
    void this.transcript.look();
  }

  /** With what we sign. A guest's keys of before a reload are theirs too. */
  sign(signer: Signer): void {
    const { role, visit } = this.place;
    this.reader.sign(signer);
    if (role === 'guest') this.mine = kept.addGuestKey(visit, base64url(signer.ed)).map((one) => fromBase64url(one));
    void this.chat.keyed();
  }

  /** What the keys of doctor and patient sign is theirs. Gives what ends it. */
  follow(room: RoomView): () => void {
    return effect(() => {
      const of = this.ring.of.value;
      if (room.seat.value !== null) for (const ed of this.mine) this.reader.meet(room.seat.value, ed);
      for (const { id, role } of room.roster.value) {
        if (role !== 'guest') for (const one of of?.[role] ?? []) this.reader.meet(id, one.edBytes);
      }
    });
  }

  private keyFound(key: Bytes): void {
    this.reader.open(key);
    this.found(key);
    void this.chat.keyed();
  }

  private redraw(): void {
    this.drawing ??= window.setTimeout(() => {
      this.drawing = null;
      this.view.value = this.chat.view();
    }, DRAW_EVERY_MS);
  }
}
