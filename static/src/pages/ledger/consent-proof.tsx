/** "Prove it" on a consent. */
import type { Proven } from '../../ledger/proof.ts';
import { Unproven } from '../../ledger/unproven.ts';
import { Prove } from './prove.tsx';

export function ConsentProof({ consent }: { consent: string }) {
  const fits = async ({ opening: { thing } }: Proven): Promise<void> => {
    if (thing.word !== 'consent' || thing.id !== consent) throw new Unproven('other_thing');
  };
  return <Prove key={consent} of={{ kind: 'consent', id: consent }} fits={fits} />;
}
