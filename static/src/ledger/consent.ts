/** Whether what is shown of a consent is what the log holds of it. */
import { type Consent, terms } from '../consents.ts';
import type { Proven } from './proof.ts';
import { Unproven } from './unproven.ts';

/** What of a consent is on the log. */
export type ShownConsent = Parameters<typeof terms>[0] & Pick<Consent, 'id' | 'patient_id' | 'grantee' | 'until' | 'why' | 'detail' | 'break_glass' | 'delegated_from'>;

/** That a proof is of this consent, to whom, for what and until when. Throws {@link Unproven}. */
export function provesConsent({ opening: { thing, committed } }: Proven, shown: ShownConsent): void {
  if (thing.word !== 'consent' || thing.id !== shown.id || committed.kind !== 'signed') throw new Unproven('other_thing');
  if (committed.sort !== (shown.break_glass ? 'break-glass' : 'consent') || committed.patient !== shown.patient_id) throw new Unproven('other_thing');
  // One that was passed on stands on the first one's words.
  if (shown.delegated_from !== null) return;
  const text = shown.break_glass ? `${shown.why ?? ''}\n${shown.detail ?? ''}` : terms(shown);
  const to = shown.grantee === null || committed.grantee === shown.grantee.id;
  if (committed.text !== text || !to || committed.until !== (shown.until ?? 0)) throw new Unproven('changed');
}
