/** What staff have to know or answer now, at the head of every page of theirs. */
import { WitnessAsks } from './consents/witness-asks.tsx';
import { CorrectionsAsked } from './records/corrections-asked.tsx';

export function Heard() {
  return (
    <>
      <WitnessAsks />
      <CorrectionsAsked />
    </>
  );
}
