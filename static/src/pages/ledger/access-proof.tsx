/** "Prove it" on an entry of the list of who looked: that it is in the clinic's own log, whose root is on the one everybody can check. */
import type { Proven } from '../../ledger/proof.ts';
import { Unproven } from '../../ledger/unproven.ts';
import { Prove } from './prove.tsx';

export function AccessProof({ seq }: { seq: number }) {
  const fits = async ({ opening: { thing, committed } }: Proven): Promise<void> => {
    if (thing.word !== 'clinic' || committed.kind !== 'inner') throw new Unproven('other_thing');
  };
  return <Prove key={seq} of={{ kind: 'access', seq }} fits={fits} />;
}
