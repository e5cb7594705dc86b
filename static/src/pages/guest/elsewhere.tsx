/** For browsers inside other apps and those without a camera: the same link, in a real browser. */
import { t } from '../../i18n.ts';
import { betterBrowser } from '../../in-app.ts';
import type { Invitation } from '../../links.ts';
import { Button } from '../../ui/button.tsx';
import { CopyField } from '../../ui/copy.tsx';
import { Page } from '../../ui/page.tsx';
import { Notice } from '../../ui/parts.tsx';
import { VisitTime } from './visit-time.tsx';

export function Elsewhere({ invitation, goOn }: { invitation: Invitation; goOn: (() => void) | null }) {
  const browser = betterBrowser(navigator.userAgent);
  return (
    <Page heading={browser === 'safari' ? t('elsewhere-safari') : t('elsewhere-chrome')} narrow>
      <p class="quiet" dir="auto">{[t('guest-title', { name: invitation.doctor.name }), invitation.clinic].join(' · ')}</p>
      <VisitTime invitation={invitation} />
      <Notice meaning="wait"><p>{goOn === null ? t('elsewhere-why') : t('elsewhere-why-app')}</p></Notice>
      <ol class="steps">
        <li>{t('elsewhere-copy')}</li>
        <li>{browser === 'safari' ? t('elsewhere-open-safari') : t('elsewhere-open-chrome')}</li>
        <li>{t('elsewhere-paste')}</li>
      </ol>
      <CopyField label={t('elsewhere-link')} value={location.href} button={t('copy-link')} primary />
      {goOn !== null && <Button kind="quiet" onClick={goOn}>{t('elsewhere-stay')}</Button>}
    </Page>
  );
}
