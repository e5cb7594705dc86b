/** Numbers with their units, as people read them. */

export function number(locale: string, value: number): string {
  return new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 }).format(value);
}

export function percent(locale: string, share: number): string {
  // Never 100 % when something failed.
  return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1, roundingMode: 'floor' } as Intl.NumberFormatOptions).format(share);
}

const STEPS = [['day', 86_400_000], ['hour', 3_600_000], ['minute', 60_000], ['second', 1_000]] as const;

/** A length of time given in ms: "12 ms", "3.4 sec", "2 hr". */
export function span(locale: string, ms: number): string {
  const [unit, size] = STEPS.find(([, one]) => ms >= one) ?? (['millisecond', 1] as const);
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short', maximumSignificantDigits: ms < 10 ? 2 : 3 }).format(ms / size);
}
