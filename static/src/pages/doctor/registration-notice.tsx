/** On a doctor's home: why visits can't be started, or that the registration ends soon. Nothing when all is well. */
import { type Credential, isActive } from '../../credentials.ts';
import { t } from '../../i18n.ts';
import { clockOffset } from '../../live.ts';
import { standingOf } from '../../registration.ts';
import { Notice } from '../../ui/parts.tsx';

export function RegistrationNotice({ credential }: { credential: Credential | null }) {
  const standing = standingOf(credential, Date.now() + clockOffset.value);
  if (standing === null) return null;
  const active = credential !== null && isActive(credential.state);
  return (
    <Notice meaning={standing.meaning}>
      <p>{standing.text}</p>
      {!active && <p>{t('standing-no-visits')}</p>}
      <a class="button" href="/registration">{t('registration-open')}</a>
    </Notice>
  );
}
