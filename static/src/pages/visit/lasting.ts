/** Things that need no sentence unless they last. */
import { useEffect, useState } from 'preact/hooks';

/** How long something may be gone before we speak of it, in ms: hiccups need no sentence. */
const PATIENCE_MS = 1_500;

/** True when `value` has been true for a while. */
export function useLasting(value: boolean, patience = PATIENCE_MS): boolean {
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    if (!value) {
      setLasting(false);
      return undefined;
    }
    const timer = setTimeout(() => setLasting(true), patience);
    return () => clearTimeout(timer);
  }, [value]);
  return lasting;
}
