/** Points in time as people say them: "today 14:30", "Tue 3 Nov, 09:05". */
import { locale, t } from './i18n.ts';

function sameDay(a: Date, b: Date): boolean {
  return a.getFullYear() === b.getFullYear() && a.getMonth() === b.getMonth() && a.getDate() === b.getDate();
}

/** Made once a language: it costs more than all it is used for. */
let clocks: { locale: string; format: Intl.DateTimeFormat } | null = null;

/** The hour and minute, in this device's zone. `at` is ms since 1970. */
export function clock(at: number): string {
  if (clocks?.locale !== locale.value) {
    clocks = { locale: locale.value, format: new Intl.DateTimeFormat(locale.value, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }) };
  }
  return clocks.format.format(at);
}

export function when(at: number, now: number): string {
  const time = clock(at);
  if (sameDay(new Date(at), new Date(now))) return t('when-today', { time });
  if (sameDay(new Date(at), new Date(now - 86_400_000))) return t('when-yesterday', { time });
  const day = new Intl.DateTimeFormat(locale.value, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }).format(at);
  return t('when-day', { day, time });
}

/** A day of a paper, which is the same day everywhere: "3 May 2026". `at` is within it in UTC. */
export function paperDay(at: number): string {
  return new Intl.DateTimeFormat(locale.value, { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' }).format(at);
}

/** A day with its year: "3 May 2026". */
export function day(at: number): string {
  return new Intl.DateTimeFormat(locale.value, { day: 'numeric', month: 'short', year: 'numeric' }).format(at);
}
