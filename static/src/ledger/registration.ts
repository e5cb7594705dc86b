/** Whether what is shown of a doctor is what the log holds of their registration, in force. */
import type { DoctorView } from '../wire.ts';
import type { Proven } from './proof.ts';
import { Unproven } from './unproven.ts';

/** What of a doctor is shown, and must be the same byte by byte. */
const FACTS = ['name', 'qualification', 'registration', 'council'] as const;

/** That a proof is of this doctor's registration as it is shown, in force at `now` (ms since 1970). Throws {@link Unproven}. */
export function provesDoctor({ opening: { leaf, thing, committed } }: Proven, doctor: DoctorView, now: number): void {
  const of = thing.word === 'credential' && committed.kind === 'statement' && committed.sort === 'credential' ? committed.facts : null;
  if (of === null) throw new Unproven('other_thing');
  const inForce = of.get('state') === 'active' && (leaf.entry.notAfter === 0 || leaf.entry.notAfter > now);
  if (!inForce || FACTS.some((fact) => doctor[fact] !== null && of.get(fact) !== doctor[fact])) throw new Unproven('changed');
}
