/** The secrets of others, by seat and epoch, and until when each may open frames. */
import { type Bytes, same } from './bytes.ts';

interface Kept {
  secret: Bytes;
  /** ms; null while it is the newest. */
  until: number | null;
}

export interface KeyringPorts {
  /** Frames of this seat and epoch may be opened with this secret from now on. */
  receiveKey(seat: string, epoch: number, secret: Bytes): void;
  dropKey(seat: string, epoch: number): void;
}

export class Keyring {
  private readonly seats = new Map<string, Map<number, Kept>>();

  constructor(private readonly ports: KeyringPorts) {}

  has(seat: string, epoch: number): boolean {
    return this.seats.get(seat)?.has(epoch) ?? false;
  }

  /** Adds a secret. `differs` when there is another one for this seat and epoch already: the first stays. */
  add(seat: string, epoch: number, secret: Bytes): 'added' | 'same' | 'differs' {
    const epochs = this.seats.get(seat) ?? new Map<number, Kept>();
    const old = epochs.get(epoch);
    if (old !== undefined) return same(old.secret, secret) ? 'same' : 'differs';
    epochs.set(epoch, { secret, until: null });
    this.seats.set(seat, epochs);
    this.ports.receiveKey(seat, epoch, secret.slice());
    return 'added';
  }

  /** From now on only `epoch` is new: what is older opens until then (ms). */
  retire(epoch: number, until: number): void {
    for (const epochs of this.seats.values()) {
      for (const [one, kept] of epochs) if (one < epoch) kept.until = Math.min(kept.until ?? until, until);
    }
  }

  /** Drops what has had its time. */
  expire(now: number): void {
    for (const [seat, epochs] of this.seats) {
      for (const [epoch, kept] of epochs) if (kept.until !== null && kept.until <= now) this.remove(seat, epoch, epochs);
    }
  }

  /** Drops everything of a seat, at once. */
  drop(seat: string): void {
    const epochs = this.seats.get(seat);
    for (const epoch of [...(epochs?.keys() ?? [])]) this.remove(seat, epoch, epochs ?? new Map());
    this.seats.delete(seat);
  }

  clear(): void {
    for (const seat of [...this.seats.keys()]) this.drop(seat);
  }

  private remove(seat: string, epoch: number, epochs: Map<number, Kept>): void {
    epochs.get(epoch)?.secret.fill(0);
    epochs.delete(epoch);
    this.ports.dropKey(seat, epoch);
  }
}
