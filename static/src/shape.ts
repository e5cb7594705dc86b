/** Shapes: small checkers that turn what came over the network into typed values, or say where it is wrong. */

export class ShapeError extends Error {}

/** Reads a value of type `T`; throws {@link ShapeError} naming the place when it is something else. */
export type Shape<T> = (value: unknown, at: string) => T;
export type Of<S> = S extends Shape<infer T> ? T : never;

function wrong(at: string, wanted: string): never {
  throw new ShapeError(`${at} should be ${wanted}`);
}

export const text: Shape<string> = (value, at) => (typeof value === 'string' ? value : wrong(at, 'text'));

export const number: Shape<number> = (value, at) =>
  typeof value === 'number' && Number.isFinite(value) ? value : wrong(at, 'a number');

export const flag: Shape<boolean> = (value, at) => (typeof value === 'boolean' ? value : wrong(at, 'true or false'));

/** Exactly one of these words. */
export function word<const W extends string>(...words: readonly W[]): Shape<W> {
  return (value, at) => words.find((one) => one === value) ?? wrong(at, words.join(' or '));
}

/** `T`, or null when it is null or missing. */
export function maybe<T>(shape: Shape<T>): Shape<T | null> {
  return (value, at) => (value === null || value === undefined ? null : shape(value, at));
}

export function list<T>(shape: Shape<T>): Shape<T[]> {
  return (value, at) =>
    Array.isArray(value) ? value.map((one, i) => shape(one, `${at}[${i}]`)) : wrong(at, 'a list');
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object with these fields; others are ignored. */
export function record<F extends Record<string, Shape<unknown>>>(fields: F): Shape<{ [K in keyof F]: Of<F[K]> }> {
  return (value, at) => {
    if (!isRecord(value)) return wrong(at, 'an object');
    const entries = Object.entries(fields).map(([name, shape]) => [name, shape(value[name], `${at}.${name}`)]);
    return Object.fromEntries(entries) as { [K in keyof F]: Of<F[K]> };
  };
}
