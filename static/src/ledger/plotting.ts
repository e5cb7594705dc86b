/** Lines over time as points of a drawing: gaps stay gaps, and the scale ends at a round number. */

/** A point of the drawing. */
export interface Spot {
  x: number;
  y: number;
}

/** The next of 1, 2, 5, 10, 20 … that is not below. */
export function roundUp(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((one) => value <= one * power) ?? 10;
  return step * power;
}

/** The pieces of a line between its gaps, in a drawing of this width and height whose top is `most`. */
export function pieces(values: readonly (number | null)[], most: number, width: number, height: number): Spot[][] {
  const found: Spot[][] = [];
  let piece: Spot[] = [];
  for (const [i, value] of values.entries()) {
    if (value === null) {
      piece = [];
      continue;
    }
    if (piece.length === 0) found.push(piece);
    const x = values.length < 2 ? width : (i / (values.length - 1)) * width;
    piece.push({ x, y: height - (Math.min(Math.max(value, 0), most) / most) * height });
  }
  return found;
}

/** The newest value there is. */
export function newest(values: readonly (number | null)[]): number | null {
  return values.findLast((one) => one !== null) ?? null;
}

export function lowest(values: readonly (number | null)[]): number | null {
  const known = values.filter((one) => one !== null);
  return known.length === 0 ? null : Math.min(...known);
}

export function highest(values: readonly (number | null)[]): number | null {
  const known = values.filter((one) => one !== null);
  return known.length === 0 ? null : Math.max(...known);
}
