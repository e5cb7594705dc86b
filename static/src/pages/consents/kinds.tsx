/** Which kinds of records are asked for. */
import { t } from '../../i18n.ts';
import { KINDS, type RecordKind } from '../../seal/kinds.ts';
import { Check } from '../../ui/field.tsx';

export function KindFields({ chosen, choose }: { chosen: readonly RecordKind[]; choose: (kinds: RecordKind[]) => void }) {
  return (
    <fieldset class="choices">
      <legend>{t('ask-kinds')}</legend>
      {KINDS.map((seen) => (
        <Check
          key={seen}
          label={t(`consent-kind-${seen}`)}
          checked={chosen.includes(seen)}
          onChange={(on) => choose(KINDS.filter((one) => (one === seen ? on : chosen.includes(one))))}
        />
      ))}
    </fieldset>
  );
}
