/** From a patient's record to what is not open yet: asking for it, and the way in an emergency. */
import { Hand, Siren } from 'lucide';

import { t } from '../../i18n.ts';
import { Icon } from '../../ui/icon.tsx';

export function AskLink({ patient }: { patient: string }) {
  return (
    <div class="actions">
      <a class="button" href={`/consents/ask/${patient}`}><Icon of={Hand} />{t('ask-title')}</a>
      <a class="button quiet" href={`/consents/emergency/${patient}`}><Icon of={Siren} />{t('glass-title')}</a>
    </div>
  );
}
