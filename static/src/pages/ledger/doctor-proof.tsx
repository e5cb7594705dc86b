/** At the door: that the doctor's registration is on the clinic's log as it is shown, checked by this browser itself. */
import './ledger.css';

import { useEffect, useState } from 'preact/hooks';

import { t } from '../../i18n.ts';
import { type Outcome, prove } from '../../ledger/proving.ts';
import { provesDoctor } from '../../ledger/registration.ts';
import type { Provable } from '../../ledger/server.ts';
import { clockOffset } from '../../live.ts';
import { Badge } from '../../ui/parts.tsx';
import type { DoctorView } from '../../wire.ts';
import { Prove } from './prove.tsx';
import { NotProven } from './parts.tsx';

export function DoctorProof({ visit, doctor }: { visit: string; doctor: DoctorView }) {
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const of: Provable = { kind: 'registration', visit };
  const fits = async (proven: Parameters<typeof provesDoctor>[0]): Promise<void> => provesDoctor(proven, doctor, Date.now() + clockOffset.peek());
  const { name, qualification, registration, council } = doctor;
  useEffect(() => {
    // A line that fails says nothing of the doctor.
    if (registration !== null) prove(of, fits).then(setOutcome, () => setOutcome(null));
  }, [visit, name, qualification, registration, council]);
  if (outcome?.kind === 'unproven') {
    return (
      <div class="stack">
        <p>{t('doctor-not-proven', { name })}</p>
        <NotProven why={outcome.why} />
      </div>
    );
  }
  if (outcome?.kind !== 'proven') return null;
  return (
    <div>
      <Badge meaning="good">{t('doctor-proven')}</Badge>
      <Prove of={of} fits={fits} />
    </div>
  );
}
