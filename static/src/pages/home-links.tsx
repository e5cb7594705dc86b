/** What is one step away from every home: records, who looked, keys and devices, and the account. */
import { BadgeCheck, Eye, FileLock, Handshake, KeyRound, ScrollText, UserRound, Users } from 'lucide';

import { t } from '../i18n.ts';
import { Icon } from '../ui/icon.tsx';
import { me } from '../who.ts';

export function HomeLinks() {
  const who = me.value;
  if (who?.kind !== 'person') return null;
  const sealed = who.role === 'doctor' || who.role === 'patient';
  return (
    <nav class="actions" aria-label={t('more')}>
      {sealed && <a class="button quiet" href="/records"><Icon of={FileLock} />{t('records-title')}</a>}
      {sealed && <a class="button quiet" href="/consents"><Icon of={Handshake} />{t('consents-title')}</a>}
      {who.role === 'patient' && <a class="button quiet" href="/rights"><Icon of={ScrollText} />{t('rights-title')}</a>}
      {who.role === 'doctor' && <a class="button quiet" href="/patients"><Icon of={Users} />{t('patients-title')}</a>}
      {who.role === 'doctor' && <a class="button quiet" href="/registration"><Icon of={BadgeCheck} />{t('registration-title')}</a>}
      {(who.role === 'desk' || who.role === 'admin') && <a class="button quiet" href="/guardians"><Icon of={Users} />{t('guardians-title')}</a>}
      <a class="button quiet" href="/looked"><Icon of={Eye} />{t('looked-title')}</a>
      {sealed && <a class="button quiet" href="/keys"><Icon of={KeyRound} />{t('keys-title')}</a>}
      <a class="button quiet" href="/account"><Icon of={UserRound} />{t('account-title')}</a>
    </nav>
  );
}
