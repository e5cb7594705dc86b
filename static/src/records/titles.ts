/** What records that were opened or made in this tab are called: the server does not know, so lists can't say it of the others. */
import { signal } from '@preact/signals';

import { keys } from '../keys.ts';

/** By record. */
export const titles = signal<ReadonlyMap<string, string>>(new Map());

/** Keeps it as long as this tab and its person stay. */
export function called(record: string, title: string): void {
  if (title !== '' && titles.peek().get(record) !== title) titles.value = new Map([...titles.peek(), [record, title]]);
}

keys.state.subscribe(({ kind }) => {
  if (kind === 'none') titles.value = new Map();
});
