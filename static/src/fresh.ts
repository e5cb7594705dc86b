/** Once more, please: grave things ask for the second step (or the password) again, in one place for all pages. */
import { signal } from '@preact/signals';

import { gates } from './api.ts';

/** The question that stands in front of the page; null when there is none. */
export const freshAsked = signal<{ answer(done: boolean): void } | null>(null);
let asking: Promise<boolean> | null = null;

/** Asks the person; several requests at once wait for the same answer. */
function askFresh(): Promise<boolean> {
  asking ??= new Promise<boolean>((resolve) => {
    freshAsked.value = {
      answer: (done) => {
        asking = null;
        freshAsked.value = null;
        resolve(done);
      },
    };
  });
  return asking;
}

gates.fresh = askFresh;
