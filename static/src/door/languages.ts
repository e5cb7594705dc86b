/** The languages people can be written to in, by their own names. */

const NAMES: readonly [string, string][] = [['en', 'English'], ['hi', 'हिन्दी'], ['pa', 'ਪੰਜਾਬੀ']];

/** Those a clinic has, as choices; all of them when it says none that we know. */
export function doorLanguages(tags: readonly string[]): { value: string; label: string; lang: string }[] {
  const known = NAMES.filter(([tag]) => tags.includes(tag));
  return (known.length > 0 ? known : NAMES).map(([value, label]) => ({ value, label, lang: value }));
}

/** A language by its own name; the tag when we don't know it. */
export function languageName(tag: string): string {
  return NAMES.find(([one]) => one === tag)?.[1] ?? tag;
}
