/** The same moment on two clocks: the reader's and the clinic's. */
import { locale } from './i18n.ts';

function said(at: number, zone: string | undefined, withDay: boolean): string {
  const parts: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  const day: Intl.DateTimeFormatOptions = withDay ? { weekday: 'short', day: 'numeric', month: 'short' } : {};
  return new Intl.DateTimeFormat(locale.value, { ...parts, ...day, ...(zone === undefined ? {} : { timeZone: zone }) }).format(at);
}

/** What the clinic's clock shows at `at`, when it isn't what the reader's shows; null when they agree or the zone is unknown. */
export function clinicTime(at: number, zone: string, own?: string): string | null {
  try {
    if (said(at, zone, true) === said(at, own, true)) return null;
    const sameDay = new Intl.DateTimeFormat('en', { dateStyle: 'short', timeZone: zone }).format(at)
      === new Intl.DateTimeFormat('en', { dateStyle: 'short', ...(own === undefined ? {} : { timeZone: own }) }).format(at);
    return said(at, zone, !sameDay);
  } catch {
    return null;
  }
}

/** How long until then, in the two largest units: 1 d 3 h, 2 h 5 min, 4 min 9 s. Never below zero. */
export function left(ms: number): { days: number; hours: number; minutes: number; seconds: number } {
  const all = Math.max(0, Math.ceil(ms / 1000));
  return { days: Math.floor(all / 86_400), hours: Math.floor(all / 3_600) % 24, minutes: Math.floor(all / 60) % 60, seconds: all % 60 };
}
