/** The one live line to the server: opens, stays alive, comes back by itself, and says when it can't. */
import { type ClientMessage, PROTOCOL, readServer, type ServerMessage } from './wire.ts';

/** Waits before each new try, in ms; the last repeats. Shorter is quicker back, longer is kinder to a server that is down. */
export const RETRY_MS = [0, 300, 1200, 2700, 4800, 7000] as const;
/** Each wait is moved by up to this share, so that everyone doesn't return in the same instant. */
export const JITTER = 0.2;
/** Silence after which we ask whether the server is there, in ms. */
export const PING_AFTER_MS = 10_000;
/** How long we wait for a word after asking, in ms. */
export const PONG_WITHIN_MS = 5_000;
/** A line that held this long counts as good: the next loss starts the waits from the beginning. In ms. */
const STEADY_MS = 3_000;
/** `WebSocket.OPEN`. */
const OPEN = 1;

export const CLOSE_SIGNED_OUT = 4401;
export const CLOSE_OLD_PROTOCOL = 4400;

export type SocketState = 'idle' | 'connecting' | 'open' | 'waiting' | 'signed_out' | 'old';

/** What a WebSocket must be able to do for us. */
export interface Line {
  /** As the browser has it: 1 is open. */
  readonly readyState: number;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  send(data: string): void;
  close(code?: number): void;
}

export interface SocketPorts {
  dial(): Line;
  now(): number;
  random(): number;
  later(run: () => void, ms: number): number;
  cancel(timer: number): void;
  onState(state: SocketState): void;
  onMessage(message: ServerMessage): void;
  /** Two tries in a row didn't even open: perhaps the session is gone. */
  onRefusedTwice(): void;
}

/** The wait before try number `attempt` (from 0), in ms. */
export function retryDelay(attempt: number, random: number): number {
  const base = RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)] ?? 7000;
  return Math.round(base * (1 + JITTER * (2 * random - 1)));
}

export class Socket {
  state: SocketState = 'idle';
  private line: Line | null = null;
  private attempt = 0;
  private unopened = 0;
  private openedAt = 0;
  private retry: number | null = null;
  private beat: number | null = null;

  constructor(private readonly ports: SocketPorts) {}

  connect(): void {
    if (this.state === 'connecting' || this.state === 'open') return;
    this.forgetRetry();
    this.dial();
  }

  /** Closes for good; `connect` opens again. */
  close(): void {
    this.forgetRetry();
    this.drop();
    this.attempt = 0;
    this.unopened = 0;
    this.turn('idle');
  }

  /** The network or the page came back: try now; on a line that looks open, make sure that it is. */
  nudge(): void {
    if (this.state === 'waiting') {
      this.attempt = 0;
      this.forgetRetry();
      this.dial();
    } else if (this.state === 'open') {
      this.ping();
    }
  }

  /** Sends if the line is open; false when it isn't. */
  send(message: ClientMessage): boolean {
    return this.state === 'open' && this.write(message);
  }

  /** A line that is closing, though we haven't heard it yet, takes nothing. */
  private write(message: ClientMessage): boolean {
    if (this.line?.readyState !== OPEN) return false;
    this.line.send(JSON.stringify(message));
    return true;
  }

  private dial(): void {
    this.turn('connecting');
    const line = this.ports.dial();
    this.line = line;
    line.onmessage = (event) => this.line === line && this.hear(event.data);
    line.onclose = (event) => this.line === line && this.lost(event.code);
    this.watch(() => this.lost(1006), PING_AFTER_MS);
  }

  private hear(data: unknown): void {
    this.watch(() => this.ping(), PING_AFTER_MS);
    if (typeof data !== 'string') return;
    let message: ServerMessage | null;
    try {
      message = readServer(data);
    } catch (error) {
      console.error('a frame from the server could not be read', error);
      return;
    }
    if (message === null || message.t === 'pong') return;
    if (message.t === 'welcome' && !this.greet(message.protocol)) return;
    this.ports.onMessage(message);
  }

  private greet(protocol: number): boolean {
    this.openedAt = this.ports.now();
    this.unopened = 0;
    if (protocol === PROTOCOL) {
      this.turn('open');
      return true;
    }
    this.drop();
    this.turn('old');
    return false;
  }

  private ping(): void {
    this.write({ t: 'ping' });
    this.watch(() => this.lost(1006), PONG_WITHIN_MS);
  }

  private lost(code: number): void {
    const opened = this.state === 'open';
    this.drop();
    if (code === CLOSE_SIGNED_OUT) return this.turn('signed_out');
    if (code === CLOSE_OLD_PROTOCOL) return this.turn('old');
    if (opened && this.ports.now() - this.openedAt >= STEADY_MS) this.attempt = 0;
    const wait = retryDelay(this.attempt, this.ports.random());
    this.attempt += 1;
    this.turn('waiting');
    this.retry = this.ports.later(() => {
      this.retry = null;
      this.dial();
    }, wait);
    this.unopened = opened ? 0 : this.unopened + 1;
    if (this.unopened % 3 === 2) this.ports.onRefusedTwice();
  }

  private drop(): void {
    this.unwatch();
    const line = this.line;
    this.line = null;
    if (line === null) return;
    line.onmessage = null;
    line.onclose = null;
    line.close();
  }

  private watch(run: () => void, ms: number): void {
    this.unwatch();
    this.beat = this.ports.later(() => {
      this.beat = null;
      run();
    }, ms);
  }

  private unwatch(): void {
    if (this.beat !== null) this.ports.cancel(this.beat);
    this.beat = null;
  }

  private forgetRetry(): void {
    if (this.retry !== null) this.ports.cancel(this.retry);
    this.retry = null;
  }

  private turn(state: SocketState): void {
    if (this.state === state) return;
    this.state = state;
    this.ports.onState(state);
  }
}
