/** The chat of a visit that is over, as somebody reads it who has the key. */
import { type ReadonlySignal, signal } from '@preact/signals';

import type { VisitDetail } from '../api.ts';
import { keys } from '../keys.ts';
import { Reader } from '../reader.ts';
import { roleIn, transcriptPorts } from './own-keys.ts';
import { Ring } from './ring.ts';
import { Transcript } from './transcript.ts';

export interface KeptReader {
  reader: Reader;
  /** Changes with what the reader has to say. */
  version: ReadonlySignal<unknown>;
  /** Resolves when we have the key or know that we won't. */
  looked: Promise<void>;
}

/** Reads with the key in our wraps; guests have none once the visit is over. */
export function keptReader(detail: VisitDetail): KeptReader {
  const version = signal(0);
  const reader = new Reader(detail.id, () => (version.value += 1));
  const now = (): number => Date.now();
  const ring = new Ring({ now, ofVisit: () => keys.ofVisit(detail.id) });
  const transcript = new Transcript(roleIn(detail), ring, { now, ...transcriptPorts, found: (key) => reader.open(key) });
  const looked = transcript.look().then(() => {
    for (const { id, role } of detail.seats) for (const ed of ring.eds(role) ?? []) reader.meet(id, ed);
    version.value += 1;
  });
  return { reader, version, looked };
}
