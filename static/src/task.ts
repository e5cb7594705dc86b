/** Something a button starts: busy while it runs, and the sentence of what went wrong. */
import { useState } from 'preact/hooks';

import { sentence } from './api.ts';

export interface Task {
  busy: boolean;
  error: string | null;
  run(work: () => Promise<void>): void;
}

export function useTask(): Task {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const run = (work: () => Promise<void>): void => {
    setBusy(true);
    setError(null);
    work().catch((reason: unknown) => setError(sentence(reason))).finally(() => setBusy(false));
  };
  return { busy, error, run };
}
