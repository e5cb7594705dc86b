/** How a visit's record stands: being sealed, waiting, done, or why not. */
import { sentence } from '../../api.ts';
import { t } from '../../i18n.ts';
import { keys } from '../../keys.ts';
import { sealing } from '../../sealing.ts';
import { Notice } from '../../ui/parts.tsx';

export function SealNotice({ visit, quiet }: { visit: string; quiet?: boolean }) {
  const state = sealing.of(visit).value;
  switch (state.kind) {
    case 'idle':
    case 'not_ended':
    case 'empty': return null;
    case 'sealing': return <p role="status" class="quiet">{t('record-sealing')}</p>;
    case 'waiting': return <Notice meaning="wait"><p>{t('record-waiting')}</p><p>{sentence(state.error)}</p></Notice>;
    case 'too_large': return <Notice meaning="stop"><p>{t('record-too-large')}</p></Notice>;
    case 'no_key':
      return (
        <Notice meaning="wait">
          <p>{t('record-cannot-seal')}</p>
          {keys.state.value.kind !== 'ready' && <a class="button" href="/keys">{t('keys-open')}</a>}
        </Notice>
      );
    case 'sealed':
      if (quiet === true) return null;
      return <Notice meaning="good"><p>{t('record-sealed')}</p><a class="button" href={`/records/${state.record}`}>{t('record-open')}</a></Notice>;
  }
}
