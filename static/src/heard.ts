/** What staff are told wherever they are in the app: asks for corrections, and what they are to confirm as a witness. */
import { effect, signal, untracked } from '@preact/signals';

import { type Consent, consents } from './consents.ts';
import { live } from './live.ts';
import { me } from './who.ts';
import type { Role } from './wire.ts';

/** Who is told anything here. */
const STAFF: readonly Role[] = ['doctor', 'desk', 'pharmacist', 'admin'];

/** An ask to have a record corrected: the note that says what is wrong, and the record. */
export interface Asked {
  record: string;
  note: string;
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
  if (message.t === 'correction') corrections.value = [...corrections.value.filter((one) => one.note !== message.note), { record: message.record, note: message.note }];
  if (message.t === 'grant' || message.t === 'welcome') ask();
});
