/** Base64 of RFC 4648 §4, with its padding: what the formats of public logs are written in. */
import { BadBytes, base64url, type Bytes, fromBase64url } from '../seal/bytes.ts';

export function base64(bytes: Uint8Array): string {
  const text = base64url(bytes).replaceAll('-', '+').replaceAll('_', '/');
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}

/** The one text that {@link base64} gives for these bytes; anything else is refused. */
export function fromBase64(text: string): Bytes {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) throw new BadBytes('not base64');
  return fromBase64url(text.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_'));
}
