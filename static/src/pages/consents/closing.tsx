/** What stands where a record was open: the grant is over, and the page closed itself. */
import { t } from '../../i18n.ts';
import { Notice } from '../../ui/parts.tsx';

export function Closing({ how, patient }: { how: 'revoked' | 'expired'; patient: string }) {
  return (
    <Notice meaning="stop" alert>
      <p>{how === 'revoked' ? t('grant-revoked', { name: patient }) : t('grant-over')}</p>
      <a class="button" href="/consents">{t('consents-open')}</a>
    </Notice>
  );
}
