/** What staff are told wherever they are in the app: asks for corrections, and what they are to confirm as a witness. */
import { effect, signal, untracked } from '@preact/signals';

import { type Consent, consents } from './consents.ts';
import { live } from './live.ts';
import { recordServer } from './records/server.ts';
import { me } from './who.ts';
import type { Role } from './wire.ts';

/** Who is told anything here. */
const STAFF: readonly Role[] = ['doctor', 'desk', 'pharmacist', 'admin'];

/** An ask to have a record corrected: the note that says what is wrong, and the record. */
export interface Asked {
  record: string;
  note: string;
  /** Whose record; null where that can't be seen. */
  name: string | null;
}

export const corrections = signal<readonly Asked[]>([]);
export const toWitness = signal<readonly Consent[]>([]);

export function seen(note: string): void {
  corrections.value = corrections.value.filter((one) => one.note !== note);
}

/** Asks again what is to be confirmed; what can't be asked now is when the line is back. */
export function ask(): void {
  consents.toWitness().then((all) => { toWitness.value = all; }, () => undefined);
}

/** Names the patient, as far as the lists of whoever is here say it. */
async function hear(record: string, note: string, patient: string): Promise<void> {
  const found = await recordServer.list({ patient }).then(({ records }) => records[0]?.patient ?? null, () => null);
  corrections.value = [...corrections.value.filter((one) => one.note !== note), { record, note, name: found }];
}

let whose: string | null = null;

effect(() => {
  const who = me.value;
  const person = who?.kind === 'person' && STAFF.includes(who.role) ? who.id : null;
  if (person === whose) return;
  whose = person;
  untracked(() => {
    corrections.value = [];
    toWitness.value = [];
    if (person !== null) ask();
  });
});

live.hear((message) => {
  if (whose === null) return;
  if (message.t === 'correction') void hear(message.record, message.note, message.patient);
  if (message.t === 'grant' || message.t === 'welcome') ask();
});
