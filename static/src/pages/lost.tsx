/** An address that leads nowhere. */
import { t } from '../i18n.ts';
import { Page } from '../ui/page.tsx';

export function LostPage() {
  return (
    <Page heading={t('lost-title')} narrow>
      <p>{t('lost-why')}</p>
      <p><a class="button primary" href="/">{t('to-start')}</a></p>
    </Page>
  );
}
