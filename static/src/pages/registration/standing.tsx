/** How a doctor's registration stands, in one sentence. */
import type { ComponentChildren } from 'preact';

import type { Credential } from '../../credentials.ts';
import { t } from '../../i18n.ts';
import { clockOffset } from '../../live.ts';
import { standingOf } from '../../registration.ts';
import { Notice } from '../../ui/parts.tsx';

/** On the registration's page: says that all is well, too. */
export function StandingNotice({ credential, children }: { credential: Credential | null; children?: ComponentChildren }) {
  const standing = standingOf(credential, Date.now() + clockOffset.value);
  if (standing === null) return <Notice meaning="good"><p>{t('standing-active')}</p>{children}</Notice>;
  return <Notice meaning={standing.meaning}><p>{standing.text}</p>{children}</Notice>;
}
