/** What is asked about one patient and waits for an answer. */
import { sorted, useConsents, useNow } from '../../consents/lists.ts';
import { AskCard } from './ask-card.tsx';

/** How often the page looks whether time ended something, in ms. */
const TICK = 10_000;

export function Asked({ patient }: { patient: string }) {
  const found = useConsents();
  const { asked } = sorted((found.value ?? []).filter((one) => one.patient_id === patient), useNow(TICK));
  return <>{asked.map((one) => <AskCard key={one.id} ask={one} changed={found.reload} />)}</>;
}
