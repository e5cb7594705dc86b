/** What is one step away from every home: records, who looked, and keys and devices (or just the password). */
import { BadgeCheck, Eye, FileLock, KeyRound } from 'lucide';

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
      {who.role === 'doctor' && <a class="button quiet" href="/registration"><Icon of={BadgeCheck} />{t('registration-title')}</a>}
      <a class="button quiet" href="/looked"><Icon of={Eye} />{t('looked-title')}</a>
      <a class="button quiet" href="/keys"><Icon of={KeyRound} />{sealed ? t('keys-title') : t('change-password')}</a>
    </nav>
  );
}
