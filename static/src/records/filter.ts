/** Which records somebody wants to see, as they say it in a form. */
import type { RecordKind } from '../seal/kinds.ts';
import type { Filter } from './server.ts';

/** Null and empty words want all. Days as inputs have them, in this device's zone. */
export interface Wanted {
  kind: RecordKind | null;
  department: string;
  from: string;
  to: string;
}

export const ALL: Wanted = { kind: null, department: '', from: '', to: '' };

function begin(day: string): Date {
  return new Date(`${day}T00:00:00`);
}

/** As the server is asked. The last day is shown to its end. */
export function filterOf(patient: string | null, { kind, department, from, to }: Wanted, after: string | null): Filter {
  const end = begin(to);
  end.setDate(end.getDate() + 1);
  return {
    ...(patient !== null && { patient }),
    ...(kind !== null && { kind }),
    ...(department !== '' && { department }),
    ...(from !== '' && { from: begin(from).getTime() }),
    ...(to !== '' && { to: end.getTime() }),
    ...(after !== null && { after }),
  };
}
