/** Tells a doctor at once that a patient asks for a correction of what they wrote, with the way there. */
import { corrections, seen } from '../../heard.ts';
import { t } from '../../i18n.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/parts.tsx';

export function CorrectionsAsked() {
  return (
    <>
      {corrections.value.map((one) => (
        <Notice key={one.note} meaning="wait" alert>
          <p dir="auto">{one.name === null ? t('correction-heard') : t('correction-heard-of', { name: one.name })}</p>
          <div class="actions">
            <a class="button" href={`/records/${one.note}`} onClick={() => seen(one.note)}>{t('correction-read')}</a>
            <a class="button" href={`/records/${one.record}`}>{t('correction-see')}</a>
            <Button kind="quiet" onClick={() => seen(one.note)}>{t('close')}</Button>
          </div>
        </Notice>
      ))}
    </>
  );
}
