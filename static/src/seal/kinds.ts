/** The kinds of records there are, and the media types of what is sealed in them. */

/** All kinds, in the order in which they are offered. */
export const KINDS = ['transcript', 'note', 'document', 'image', 'lab', 'letter'] as const;
export type RecordKind = (typeof KINDS)[number];

/** A word as a kind; null when it is none. */
export function isKind(word: string): RecordKind | null {
  return KINDS.find((one) => one === word) ?? null;
}

/** Media type of the sealed JSON. */
export function mediaType(kind: RecordKind): string {
  const content = kind === 'document' || kind === 'image' ? 'file' : kind;
  return `application/vnd.vaidya.${content}+json`;
}
