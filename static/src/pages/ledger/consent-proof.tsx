/** "Prove it" on a consent: the proof must say what is shown. */
import { provesConsent, type ShownConsent } from '../../ledger/consent.ts';
import { Prove } from './prove.tsx';

export function ConsentProof({ consent }: { consent: ShownConsent }) {
  return <Prove key={consent.id} of={{ kind: 'consent', id: consent.id }} fits={async (proven) => provesConsent(proven, consent)} />;
}
