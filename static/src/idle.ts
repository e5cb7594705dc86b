/** How long nobody has touched a page, and what holds the lock off: decides, and leaves the locking to whoever asks. */

/** How often a touch is written down, in ms. Shorter writes more; longer counts that much less of a quiet time. */
export const NOTE_EVERY_MS = 5_000;

export interface IdlePorts {
  /** ms since 1970. */
  now(): number;
  /** After how long without a touch the pages lock, in ms; null when they don't. */
  limit(): number | null;
  /** What all tabs of this browser share: when somebody last touched one of them. */
  read(): number;
  write(at: number): void;
  /** Too long nobody did. */
  lock(): void;
}

/** Calls that are under way in this tab: while there is one, it counts as touched. */
let calls = 0;

/** A call begins; gives what ends it. */
export function holdOpen(): () => void {
  let held = true;
  calls += 1;
  return () => {
    if (held) calls -= 1;
    held = false;
  };
}

/** A call is under way in this tab. */
export const inCall = (): boolean => calls > 0;

export class Idle {
  private last = 0;
  private noted = 0;

  constructor(private readonly ports: IdlePorts) {}

  /** Somebody touched the page, or is in a call. */
  touched(): void {
    const now = this.ports.now();
    this.last = now;
    if (Math.abs(now - this.noted) < NOTE_EVERY_MS) return;
    this.noted = now;
    this.ports.write(now);
  }

  /** Somebody touched the page in another tab. */
  touchedElsewhere(): void {
    this.last = this.ports.now();
  }

  /** Somebody came in: the time starts anew. */
  begin(): void {
    this.noted = 0;
    this.touched();
  }

  /** Looks at the time; asked now and then, and when the page is seen again after it slept. */
  look(): void {
    const { now, limit, read } = this.ports;
    const most = limit();
    if (most === null) return;
    if (inCall()) return this.touched();
    const last = Math.max(this.last, read());
    if (last === 0) return this.begin();
    // A clock that was set back must not keep the page open for ever.
    if (last > now() + NOTE_EVERY_MS) return this.begin();
    if (now() - last >= most) this.ports.lock();
  }
}
