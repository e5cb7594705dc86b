/** The hours of a week, a day a line. */
import { locale, t } from '../../i18n.ts';
import type { Hours } from '../../organisations.ts';
import { Check, Field } from '../../ui/field.tsx';

const DAYS = [1, 2, 3, 4, 5, 6, 7];

/** What a day is that is opened. */
const USUAL = { from: '09:00', to: '17:00' };

/** 1 January 2024 was a Monday: the name of a day is that of the same day of that week. */
export function dayName(day: number, language: string): string {
  return new Intl.DateTimeFormat(language, { weekday: 'long', timeZone: 'UTC' }).format(Date.UTC(2024, 0, day));
}

export function HoursFields({ hours, change }: { hours: readonly Hours[]; change: (hours: Hours[]) => void }) {
  const put = (day: number, next: Hours | null): void =>
    change([...hours.filter((one) => one.day !== day), ...(next === null ? [] : [next])].sort((a, b) => a.day - b.day));
  return (
    <fieldset class="group">
      <legend>{t('hours')}</legend>
      {DAYS.map((day) => <Day key={day} day={day} hours={hours.find((one) => one.day === day) ?? null} put={(next) => put(day, next)} />)}
    </fieldset>
  );
}

function Day({ day, hours, put }: { day: number; hours: Hours | null; put: (hours: Hours | null) => void }) {
  const name = dayName(day, locale.value);
  return (
    <div class="day">
      <Check label={name} checked={hours !== null} onChange={(open) => put(open ? { day, ...USUAL } : null)} />
      {hours !== null && (
        <>
          <Field label={t('from-of', { day: name })} type="time" value={hours.from} onInput={(from) => put({ ...hours, from })} required />
          <Field label={t('to-of', { day: name })} type="time" value={hours.to} onInput={(to) => put({ ...hours, to })} required />
        </>
      )}
    </div>
  );
}
