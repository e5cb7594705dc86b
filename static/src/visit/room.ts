/** Who is in the room and what comes from them, as the server tells it. */
import { computed, signal } from '@preact/signals';

import { bySeat, type Connection } from '../media.ts';
import type { QualityLevel, SeatView, Slot } from '../wire.ts';

export class RoomView {
  readonly seat = signal<string | null>(null);
  readonly roster = signal<readonly SeatView[]>([]);
  readonly media = signal<ReadonlyMap<string, MediaStreamTrack[]>>(new Map());
  readonly quality = signal<ReadonlyMap<string, QualityLevel>>(new Map());

  readonly me = computed(() => this.roster.value.find((one) => one.id === this.seat.value) ?? null);
  readonly host = computed(() => this.me.value?.role === 'doctor');
  /** The others who were let in and are here. */
  readonly present = computed(() =>
    this.roster.value.filter((one) => one.id !== this.seat.value && one.standing === 'admitted' && one.here));
  /** Those at the door. */
  readonly waiting = computed(() =>
    this.roster.value.filter((one) => one.id !== this.seat.value && one.standing === 'lobby' && one.here));
  /** The others with a place who are away now. */
  readonly away = computed(() =>
    this.roster.value.filter((one) => one.id !== this.seat.value && one.standing === 'admitted' && !one.here));

  private slots: readonly Slot[] = [];
  private connection: Connection | null = null;

  joined(seat: string, roster: readonly SeatView[]): void {
    this.seat.value = seat;
    this.roster.value = roster;
    this.quality.value = new Map();
  }

  changed(seat: SeatView): void {
    const known = this.roster.value.some((one) => one.id === seat.id);
    this.roster.value = known ? this.roster.value.map((one) => (one.id === seat.id ? seat : one)) : [...this.roster.value, seat];
  }

  rate(seat: string, level: QualityLevel): void {
    this.quality.value = new Map(this.quality.value).set(seat, level);
  }

  place(slots: readonly Slot[]): void {
    this.slots = slots;
    this.quality.value = new Map([...this.quality.value].filter(([, level]) => level !== 'lost'));
    this.arrange();
  }

  /** From now on media comes over this connection; null for none. */
  carry(connection: Connection | null): void {
    this.connection = connection;
    this.arrange();
  }

  name(seat: string): string | null {
    return this.roster.value.find((one) => one.id === seat)?.name ?? null;
  }

  private arrange(): void {
    this.media.value = this.connection === null ? new Map() : bySeat(this.slots, this.connection.tracks());
  }
}
