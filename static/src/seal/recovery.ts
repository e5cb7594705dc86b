/** The recovery code: 130 random bits that a person keeps on paper. */
import { type Bytes, crockford, random, readCrockford, utf8, uuidBytes } from './bytes.ts';
import { hkdf } from './primitives.ts';

/** Characters of a code, five bits each. */
export const CODE_LENGTH = 26;

/** The 26 canonical characters of a code, without dashes. */
export type Code = string;

/** A new code. `luck` is 17 random bytes. */
export function makeCode(luck: Bytes = random(17)): Code {
  return crockford(luck, CODE_LENGTH);
}

/** As it is printed: groups of five, the last has six. */
export function formatCode(code: Code): string {
  return [0, 5, 10, 15, 20].map((at) => code.slice(at, at === 20 ? CODE_LENGTH : at + 5)).join('-');
}

/** What was typed, as a code; null when it is none. */
export function parseCode(typed: string): Code | null {
  const code = readCrockford(typed);
  return code !== null && code.length === CODE_LENGTH ? code : null;
}

/** The key of the backup that this code opens. */
export function recoveryKey(code: Code, person: string): Promise<Bytes> {
  return hkdf(utf8(code), uuidBytes(person), utf8('vaidya/recovery/v1'), 32);
}
