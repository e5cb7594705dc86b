/** The auditor's home: the audit itself. */
import { t } from '../i18n.ts';
import { Page } from '../ui/page.tsx';
import { AuditSection } from './audit/section.tsx';
import { HomeLinks } from './home-links.tsx';

export function AuditorHome() {
  return (
    <Page heading={t('audit-title')}>
      <AuditSection />
      <HomeLinks />
    </Page>
  );
}
