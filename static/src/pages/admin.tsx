/** The administrator's pages: sections side by side, one of them shown. */
import './admin/admin.css';

import type { ComponentChildren } from 'preact';

import { t } from '../i18n.ts';
import { type Loaded, useLoaded } from '../loaded.tsx';
import { organisations, type Organisation } from '../organisations.ts';
import { later } from '../later.tsx';
import { path } from '../router.ts';
import { withTexts } from '../texts.ts';
import { Page } from '../ui/page.tsx';
import { CredentialPage } from './admin/credential.tsx';
import { CredentialsSection } from './admin/credentials.tsx';
import { InvitesSection } from './admin/invites.tsx';
import { OrganisationsSection } from './admin/organisations.tsx';
import { PeopleSection } from './admin/people.tsx';
import { SettingsSection } from './admin/settings.tsx';
import { TokensSection } from './admin/tokens.tsx';
import { AuditSection } from './audit/section.tsx';
import { HomeLinks } from './home-links.tsx';
import { LostPage } from './lost.tsx';

const CustodySection = later<{ operator: boolean }>(async () => (await withTexts('rights', import('./custody/admin.tsx'))).CustodySection);

const LedgerSection = later<{ own: Loaded<Organisation> }>(async () => (await withTexts('ledger', import('./ledger/admin.tsx'))).LedgerSection);

/** What each section is called and what it shows. `own` is the administrator's organisation. */
const SECTIONS: { at: string; heading: () => string; show: (own: Loaded<Organisation>) => ComponentChildren }[] = [
  { at: '', heading: () => t('admin-title'), show: () => <PeopleSection /> },
  { at: 'invites', heading: () => t('invites-title'), show: () => <InvitesSection /> },
  { at: 'doctors', heading: () => t('credentials-title'), show: () => <CredentialsSection /> },
  { at: 'organisation', heading: () => t('settings-title'), show: (own) => <SettingsSection own={own} /> },
  { at: 'keys', heading: () => t('clinic-keys-title'), show: (own) => <CustodySection operator={own.value?.operator === true} /> },
  { at: 'tokens', heading: () => t('tokens-title'), show: () => <TokensSection /> },
  { at: 'audit', heading: () => t('audit-title'), show: () => <AuditSection /> },
  { at: 'log', heading: () => t('admin-log'), show: (own) => <LedgerSection own={own} /> },
  { at: 'organisations', heading: () => t('organisations-title'), show: (own) => <OrganisationsSection own={own} /> },
];

export function AdminHome() {
  const own = useLoaded(organisations.own);
  const [, , at = '', id] = path.value.split('/');
  if (at === 'doctors' && id) return <CredentialPage key={id} id={id} />;
  const section = SECTIONS.find((one) => one.at === at);
  if (section === undefined) return <LostPage />;
  return (
    <Page key={at} heading={section.heading()}>
      <Sections at={at} />
      {section.show(own)}
      <HomeLinks />
    </Page>
  );
}

function Sections({ at }: { at: string }) {
  return (
    <nav class="sections" aria-label={t('admin-sections')}>
      {SECTIONS.map((one) => (
        <a key={one.at} href={one.at === '' ? '/' : `/admin/${one.at}`} aria-current={one.at === at ? 'page' : undefined}>{one.heading()}</a>
      ))}
    </nav>
  );
}
