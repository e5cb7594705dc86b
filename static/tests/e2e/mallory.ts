/** A server that misbehaves: it sits between one page and the real server, and changes what the page is told. */
import type { ChromiumTab } from './chromium.ts';

/** A message of the WebSocket. */
export type Message = Record<string, unknown> & { t?: string };

/** What becomes of a message: itself, another one, several, or none. */
export type Trick = (message: Message) => Message | Message[] | null;

/** First byte of the passes that tests change (docs/sealing.md, *The call*). */
export const PASS = { roster: 1, secret: 2, reveal: 5 } as const;

const honest: Trick = (message) => message;

export class Mallory {
  /** What is done to messages on their way to the page, and on their way to the server. */
  toPage = honest;
  toServer = honest;
  /** Everything that came from the server for the page. */
  readonly heard: Message[] = [];
  private deliver: (message: Message) => void = () => undefined;

  private constructor() {}

  /** Before the page is opened. */
  static async between(tab: ChromiumTab): Promise<Mallory> {
    const mallory = new Mallory();
    await tab.page.routeWebSocket(/\/ws$/, (page) => {
      const server = page.connectToServer();
      mallory.deliver = (message) => page.send(JSON.stringify(message));
      page.onMessage((frame) => play(mallory.toServer, String(frame), (text) => server.send(text)));
      server.onMessage((frame) => {
        mallory.heard.push(JSON.parse(String(frame)) as Message);
        play(mallory.toPage, String(frame), (text) => page.send(text));
      });
    });
    return mallory;
  }

  /** Tells the page something that the server never said. */
  say(message: Message): void {
    this.deliver(message);
  }
}

function play(trick: Trick, frame: string, send: (frame: string) => void): void {
  const played = trick(JSON.parse(frame) as Message);
  for (const message of Array.isArray(played) ? played : played === null ? [] : [played]) send(JSON.stringify(message));
}

/** The bytes of a pass of this kind; null for everything else. */
export function passOf(message: Message, kind: number): Buffer | null {
  if (message.t !== 'passed' && message.t !== 'pass') return null;
  const body = Buffer.from(String(message['body']), 'base64url');
  return body[0] === kind ? body : null;
}

/** Another message with this body. */
export function withBody(message: Message, body: Buffer): Message {
  return { ...message, body: body.toString('base64url') };
}

/** Turns one bit. */
export function flipped(bytes: Buffer, place: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[place] = (copy[place] ?? 0) ^ 1;
  return copy;
}

/** A seat as the server shows it. */
export interface Seat {
  id: string;
  role: string;
  key: string | null;
  standing: string;
}

/** Changes every seat that a message shows. */
export function seatsThrough(message: Message, change: (seat: Seat) => Seat): Message {
  if (message.t === 'seat') return { ...message, seat: change(message['seat'] as Seat) };
  if (message.t === 'joined') return { ...message, roster: (message['roster'] as Seat[]).map(change) };
  return message;
}
