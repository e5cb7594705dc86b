/** What a doctor who has no visit with a patient sees of theirs, and until when. */
import type { Consent } from '../../consents.ts';
import { whatOf } from '../../consents/words.ts';
import { t } from '../../i18n.ts';
import { clockOffset } from '../../live.ts';
import { Notice } from '../../ui/parts.tsx';
import { when } from '../../when.ts';

export function GrantNote({ grants }: { grants: readonly Consent[] }) {
  const now = Date.now() + clockOffset.value;
  return (
    <Notice meaning="note">
      {grants.map((one) => <p key={one.id}><a href={`/consents/${one.id}`}>{t('grant-note', { what: whatOf(one.kinds), time: one.until === null ? '' : when(one.until, now) })}</a></p>)}
    </Notice>
  );
}
