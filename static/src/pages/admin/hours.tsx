/** The hours of a week: each day closed, or open from when to when, more than once where there is a break. */
import { Minus, Plus } from 'lucide';

import { locale, t } from '../../i18n.ts';
import type { Hours } from '../../organisations.ts';
import { Button } from '../../ui/button.tsx';
import { Check, Field } from '../../ui/field.tsx';

const DAYS = [1, 2, 3, 4, 5, 6, 7];

/** What a day is that is opened, and what is added to one that has hours. */
const USUAL = { from: '09:00', to: '17:00' };
const LATER = { from: '18:00', to: '20:00' };

/** 1 January 2024 was a Monday: the name of a day is that of the same day of that week. */
export function dayName(day: number, language: string): string {
  return new Intl.DateTimeFormat(language, { weekday: 'long', timeZone: 'UTC' }).format(Date.UTC(2024, 0, day));
}

export function HoursFields({ hours, change }: { hours: readonly Hours[]; change: (hours: Hours[]) => void }) {
  const put = (day: number, next: readonly Hours[]): void =>
    change(DAYS.flatMap((one) => (one === day ? next : hours.filter((other) => other.day === one))));
  return (
    <fieldset class="group">
      <legend>{t('hours')}</legend>
      {DAYS.map((day) => <Day key={day} day={day} hours={hours.filter((one) => one.day === day)} put={(next) => put(day, next)} />)}
    </fieldset>
  );
}

function Day({ day, hours, put }: { day: number; hours: readonly Hours[]; put: (hours: readonly Hours[]) => void }) {
  const name = dayName(day, locale.value);
  const set = (at: number, part: Partial<Hours>): void => put(hours.map((one, i) => (i === at ? { ...one, ...part } : one)));
  return (
    <div class="day">
      <Check label={name} checked={hours.length > 0} onChange={(open) => put(open ? [{ day, ...USUAL }] : [])} />
      <div class="stack">
        {hours.map((one, i) => (
          <div key={i} class="stretch">
            <Field label={t('from-of', { day: name })} type="time" value={one.from} onInput={(from) => set(i, { from })} required />
            <Field label={t('to-of', { day: name })} type="time" value={one.to} onInput={(to) => set(i, { to })} required />
            {i === hours.length - 1
              ? <Button kind="quiet" icon={Plus} name={t('hours-more-of', { day: name })} onClick={() => put([...hours, { day, ...LATER }])}>{t('hours-more')}</Button>
              : <Button kind="quiet" icon={Minus} name={t('hours-less-of', { day: name })} onClick={() => put(hours.filter((_, other) => other !== i))}>{t('hours-less')}</Button>}
          </div>
        ))}
      </div>
    </div>
  );
}
