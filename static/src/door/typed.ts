/** What people type into the pages of accounts, made into what the server wants: phone numbers, codes, years. */

/** The country of a number that is typed without one. */
const HOME = '+91';

/** Digits of a code that comes by message or from an app. */
export const CODE_DIGITS = 6;

/** Below this age somebody else answers for a patient. */
export const OF_AGE = 18;

/** The oldest somebody can be, in years. */
const OLDEST = 125;

/** Zeros of the scripts whose digits people type here: Devanagari, Gurmukhi. */
const ZEROS = ['०', '੦'].map((zero) => zero.charCodeAt(0));

/** The same text with 0 to 9 for the digits of other scripts. */
function plainDigits(typed: string): string {
  return [...typed].map((one) => {
    const zero = ZEROS.find((code) => one.charCodeAt(0) >= code && one.charCodeAt(0) <= code + 9);
    return zero === undefined ? one : String(one.charCodeAt(0) - zero);
  }).join('');
}

/** A phone number as `+` and digits, or an e-mail address; null when it is neither. */
export function contactOf(typed: string): string | null {
  const given = typed.trim();
  if (given.includes('@')) return /^[^\s@]+@[^\s@]+\.[^\s@.]{2,}$/.test(given) ? given : null;
  const dialled = plainDigits(given).replace(/[\s().\-\u2010-\u2015]/g, '').replace(/^00/, '+');
  if (/^\+[1-9]\d{7,14}$/.test(dialled)) return dialled;
  const national = dialled.replace(/^0/, '');
  return /^[6-9]\d{9}$/.test(national) ? `${HOME}${national}` : null;
}

/** The digits of a code, whatever was typed or pasted around them ("123 456", "Your code: 123456"); null when they are not as many. */
export function codeOf(typed: string): string | null {
  const digits = plainDigits(typed).replace(/\D/g, '');
  return digits.length === CODE_DIGITS ? digits : null;
}

/** A recovery code in its own form: small letters, groups of four. Null when it can't be one. */
export function recoveryOf(typed: string): string | null {
  const bare = plainDigits(typed).toLowerCase().replace(/[\s\-\u2010-\u2015]/g, '');
  return /^[a-z0-9]{12}$/.test(bare) ? (bare.match(/.{4}/g) ?? []).join('-') : null;
}

/** A year of birth; null when nobody alive was born in it. */
export function yearOf(typed: string, thisYear: number): number | null {
  const digits = plainDigits(typed.trim());
  const year = Number(digits);
  return /^\d{4}$/.test(digits) && year <= thisYear && year >= thisYear - OLDEST ? year : null;
}

/** Whether somebody born in this year is a child: only the year is known, so who turns 18 in it is of age. */
export function isMinor(birthYear: number, thisYear: number): boolean {
  return thisYear - birthYear < OF_AGE;
}

/** The code of a link that was pasted whole (`https://…/g/abc`), or typed alone. */
export function linkCodeOf(typed: string): string {
  return typed.trim().replace(/[?#].*$/, '').replace(/\/+$/, '').split('/').at(-1) ?? '';
}
