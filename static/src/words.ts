/** What is inside a chat message's bytes: a small JSON text, so that later kinds can be told from it. */
import { isRecord } from './shape.ts';

/** Text to the base64url (RFC 4648 §5, no padding) of its message. */
export function pack(text: string): string {
  const bytes = new TextEncoder().encode(JSON.stringify({ text }));
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** The text of a message; null when it isn't one this page can show. */
export function unpack(body: string): string | null {
  try {
    const binary = atob(body.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return isRecord(value) && typeof value.text === 'string' ? value.text : null;
  } catch {
    return null;
  }
}

/** Bytes a text takes in a message, before base64. */
export function size(text: string): number {
  return new TextEncoder().encode(JSON.stringify({ text })).length;
}
