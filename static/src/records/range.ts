/** Whether a laboratory's figure lies within what it calls usual, as far as that can be read. */

/** A figure as laboratories write it, with a comma or a point. Null for words. */
export function figure(text: string): number | null {
  const plain = text.trim().replace(',', '.');
  return /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : null;
}

/** `3.5–5.1`, `< 200`, `> 40`, `<= 5`: the least and the most that is usual. Null for anything else. */
export function bounds(range: string): { least: number; most: number } | null {
  const text = range.trim();
  const one = /^(<=?|>=?|≤|≥)\s*(-?[\d.,]+)$/.exec(text);
  if (one !== null) {
    const limit = figure(one[2] ?? '');
    if (limit === null) return null;
    return one[1]?.startsWith('<') === true || one[1] === '≤' ? { least: Number.NEGATIVE_INFINITY, most: limit } : { least: limit, most: Number.POSITIVE_INFINITY };
  }
  const two = /^(-?[\d.,]+)\s*(?:–|—|-|to|\.\.)\s*(-?[\d.,]+)$/.exec(text);
  const [least, most] = [figure(two?.[1] ?? ''), figure(two?.[2] ?? '')];
  return least === null || most === null ? null : { least, most };
}

/** Where a value lies; null when that can't be said. */
export function sideOf(value: string, range: string | null): 'low' | 'within' | 'high' | null {
  const [found, usual] = [figure(value), range === null ? null : bounds(range)];
  if (found === null || usual === null) return null;
  if (found < usual.least) return 'low';
  return found > usual.most ? 'high' : 'within';
}
