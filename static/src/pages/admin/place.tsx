/** Where an organisation is on the clock, and in which languages it speaks. */
import { t } from '../../i18n.ts';
import { LANGUAGES } from '../../organisations.ts';
import { Check, Choose } from '../../ui/field.tsx';

export function ZoneField({ zone, choose }: { zone: string; choose: (zone: string) => void }) {
  const known = Intl.supportedValuesOf('timeZone');
  const zones = known.includes(zone) ? known : [zone, ...known];
  return <Choose label={t('zone')} value={zone} onChange={choose} options={zones.map((one) => ({ value: one, label: one.replaceAll('_', ' ') }))} />;
}

export function LanguageFields({ chosen, choose }: { chosen: readonly string[]; choose: (languages: string[]) => void }) {
  return (
    <fieldset class="group">
      <legend>{t('languages')}</legend>
      {LANGUAGES.map(({ tag, name }) => (
        <Check
          key={tag}
          label={name}
          checked={chosen.includes(tag)}
          onChange={(on) => choose(on ? [...chosen, tag] : chosen.filter((one) => one !== tag))}
        />
      ))}
      {chosen.length === 0 && <p class="error">{t('languages-none')}</p>}
    </fieldset>
  );
}
