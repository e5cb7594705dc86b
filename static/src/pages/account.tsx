/** "Account and security": who this account is, how to reach its person, and everything that guards it. */
import './door/door.css';

import { LockKeyhole } from 'lucide';

import { t } from '../i18n.ts';
import { lockNow } from '../lock.ts';
import { Button } from '../ui/button.tsx';
import { Page } from '../ui/page.tsx';
import { me } from '../who.ts';
import { ClaimSection } from './account/claim.tsx';
import { FactorSection } from './account/factor.tsx';
import { ProfileSection } from './account/profile.tsx';
import { SessionsSection } from './account/sessions.tsx';

export function AccountPage() {
  const who = me.value;
  if (who?.kind !== 'person') return null;
  return (
    <Page heading={t('account-title')} narrow>
      <ProfileSection login={who.login} />
      <FactorSection who={who} />
      <section class="stack">
        <h2>{t('password')}</h2>
        <p>{t('account-password')}</p>
        <div><a class="button" href="/keys">{t('change-password')}</a></div>
      </section>
      <SessionsSection />
      {who.lock !== null && (
        <section class="stack">
          <h2>{t('account-lock-title')}</h2>
          <p>{t('account-lock', { minutes: who.lock })}</p>
          <div><Button icon={LockKeyhole} onClick={() => void lockNow()}>{t('lock-now')}</Button></div>
        </section>
      )}
      {who.role === 'patient' && <ClaimSection />}
    </Page>
  );
}
