/** The page's side of sealed frames: sets every sender and receiver up with the worker, and hands it the keys. */
import type { Bytes } from './bytes.ts';
import type { Counters, Direction, Trouble } from './pipes.ts';
import type { Kind } from './sframe.ts';

/** What a transform is told about its place. */
export interface PipeOptions {
  direction: Direction;
  kind: Kind;
  /** Ours, for binding a seat to it later. */
  id: string;
}

export type ToWorker =
  | { t: 'mute' }
  | { t: 'send-key'; epoch: number; secret: Bytes }
  | { t: 'receive-key'; seat: string; epoch: number; secret: Bytes }
  | { t: 'drop-key'; seat: string; epoch: number }
  | { t: 'bind'; id: string; seat: string | null }
  | { t: 'counters'; re: number };

export type FromWorker =
  | { t: 'ready' }
  | { t: 'failed' }
  | { t: 'trouble'; trouble: Trouble }
  | { t: 'counters'; re: number; counters: Counters };

/** What this browser lacks for a sealed call; null when nothing. */
export async function missing(): Promise<'transform' | 'keys' | null> {
  if (!('RTCRtpScriptTransform' in globalThis)) return 'transform';
  try {
    await Promise.all([
      crypto.subtle.generateKey('X25519', false, ['deriveBits']),
      crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']),
    ]);
    return null;
  } catch {
    return 'keys';
  }
}

/** Whether this browser can take part in a sealed call. */
export async function supported(): Promise<boolean> {
  return (await missing()) === null;
}

export interface FramesPorts {
  /** Frames of a seat don't open any more, or do again. */
  trouble(trouble: Trouble): void;
  /** The worker is broken: nothing goes in or out until the call is set up anew. */
  failed(): void;
}

/** A thing that takes a transform: an `RTCRtpSender` or an `RTCRtpReceiver`. */
type End = RTCRtpSender | RTCRtpReceiver;

export class Frames {
  private readonly worker: Worker;
  private readonly ids = new WeakMap<End, string>();
  private readonly asked = new Map<number, (counters: Counters) => void>();
  private count = 0;

  constructor(ports: FramesPorts) {
    this.worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'seal' });
    this.worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.heard(data, ports);
    this.worker.onerror = () => ports.failed();
  }

  /** Before the sender gets a track: what it sends goes through the worker, or nowhere. */
  attachSender(sender: RTCRtpSender, kind: Kind): void {
    this.attach(sender, 'send', kind);
  }

  /** Right after `addTransceiver`, before `setRemoteDescription`: later is too late in some browsers. */
  attachReceiver(receiver: RTCRtpReceiver, kind: Kind): void {
    this.attach(receiver, 'receive', kind);
  }

  /** Whose frames come here now; null for nobody's. */
  bind(receiver: RTCRtpReceiver, seat: string | null): void {
    const id = this.ids.get(receiver);
    if (id !== undefined) this.tell({ t: 'bind', id, seat });
  }

  /** Seals with the key of this epoch from now on, beginning with a key frame. */
  sendKey(epoch: number, secret: Bytes): void {
    this.tell({ t: 'send-key', epoch, secret });
  }

  /** Sends nothing until the next {@link sendKey}. */
  mute(): void {
    this.tell({ t: 'mute' });
  }

  receiveKey(seat: string, epoch: number, secret: Bytes): void {
    this.tell({ t: 'receive-key', seat, epoch, secret });
  }

  dropKey(seat: string, epoch: number): void {
    this.tell({ t: 'drop-key', seat, epoch });
  }

  /** How it goes: frames, failures, bytes added, time spent. */
  counters(): Promise<Counters> {
    return new Promise((resolve) => {
      this.count += 1;
      this.asked.set(this.count, resolve);
      this.tell({ t: 'counters', re: this.count });
    });
  }

  /** Every key goes with the worker. */
  close(): void {
    this.worker.terminate();
  }

  private attach(end: End, direction: Direction, kind: Kind): void {
    if (this.ids.has(end)) return;
    this.count += 1;
    const id = `${direction}-${this.count}`;
    this.ids.set(end, id);
    const options: PipeOptions = { direction, kind, id };
    end.transform = new RTCRtpScriptTransform(this.worker, options);
  }

  private tell(message: ToWorker): void {
    this.worker.postMessage(message);
  }

  private heard(message: FromWorker, ports: FramesPorts): void {
    if (message.t === 'trouble') ports.trouble(message.trouble);
    else if (message.t === 'failed') ports.failed();
    else if (message.t === 'counters') {
      this.asked.get(message.re)?.(message.counters);
      this.asked.delete(message.re);
    }
  }
}
