/** The auditor's home: emergencies to be reviewed, and the audit itself. */
import { t } from '../i18n.ts';
import { later } from '../later.tsx';
import { withTexts } from '../texts.ts';
import { Page } from '../ui/page.tsx';
import { AuditSection } from './audit/section.tsx';
import { HomeLinks } from './home-links.tsx';

const Reviews = later<object>(async () => (await withTexts('consent', import('./reviews.tsx'))).Reviews);

export function AuditorHome() {
  return (
    <Page heading={t('audit-title')}>
      <Reviews />
      <AuditSection />
      <HomeLinks />
    </Page>
  );
}
