/** What is one step away from every home: records, and keys and devices (or just the password). */
import { FileLock, KeyRound } from 'lucide';

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
      <a class="button quiet" href="/keys"><Icon of={KeyRound} />{sealed ? t('keys-title') : t('change-password')}</a>
    </nav>
  );
}
