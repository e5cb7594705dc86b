/** How much room a chat message takes once it is sealed. */
import { MAX_BODY } from './wire.ts';

/**
 * What sealing adds to a message, in bytes: version 1, iv 12, tag 16, and inside `seen` 8, its link 32, the author's
 * key 32 and signature 64 (see *The chat* in `docs/sealing.md`).
 */
export const SEALED_ADDS = 1 + 12 + 16 + 8 + 32 + 32 + 64;

/** Bytes a text takes as a sealed body, before base64. */
export function size(text: string): number {
  return new TextEncoder().encode(JSON.stringify({ text })).length + SEALED_ADDS;
}

/** Whether a text fits into one message. */
export function fits(text: string): boolean {
  return size(text) <= MAX_BODY;
}
