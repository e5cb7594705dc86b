/** Every text a person reads comes from here: Fluent bundles, one per language, switched as a whole. */
import { FluentBundle, FluentResource, type FluentVariable } from '@fluent/bundle';
import { signal } from '@preact/signals';

/** A language this build ships: its own name for itself and where its texts are. */
export interface Language {
  tag: string;
  name: string;
  load(): Promise<string>;
}

const bundle = signal<FluentBundle | null>(null);

/** The language in use, as a BCP 47 tag. */
export const locale = signal('en');

/** Puts a language into use. Throws when its file has an error: a build that passed its tests has none. */
export function speak(tag: string, source: string): void {
  const next = new FluentBundle(tag, { useIsolating: false });
  const [error] = next.addResource(new FluentResource(source));
  if (error) throw error;
  bundle.value = next;
  locale.value = tag;
}

/** Adds texts that came later to the language in use. The same ones again do no harm. */
export function speakMore(source: string): void {
  const [error] = bundle.peek()?.addResource(new FluentResource(source), { allowOverrides: true }) ?? [];
  if (error) throw error;
}

/** The language to start with: the one chosen before, else the first of the browser's that we have, else the first. */
export function choose(languages: readonly Language[], kept: string | null, wanted: readonly string[]): Language {
  const base = (tag: string): string => tag.toLowerCase().split('-')[0] ?? tag;
  const find = (tag: string): Language | undefined => languages.find((one) => base(one.tag) === base(tag));
  const found = (kept === null ? undefined : find(kept)) ?? wanted.map(find).find((one) => one !== undefined);
  const first = found ?? languages[0];
  if (first === undefined) throw new Error('no language');
  return first;
}

/** The text of a key. A missing one shows its key, and the tests find it. */
export function t(key: string, values?: Record<string, FluentVariable>): string {
  const current = bundle.value;
  const message = current?.getMessage(key);
  if (current === null || message?.value === undefined || message.value === null) return key;
  return current.formatPattern(message.value, values);
}
