/** Pages that show what a grant opened close when it ends: at once when the server says so, and by the clock when it can't. */
import { useEffect, useState } from 'preact/hooks';

import { consents } from '../consents.ts';
import { clockOffset, live } from '../live.ts';
import { me } from '../who.ts';
import { isLive } from './lists.ts';

export interface Ended {
  how: 'revoked' | 'expired' | null;
  /** Grows each time that something of this patient ended: what is shown must be asked for again. */
  times: number;
}

/** Longest wait that a timer takes, in ms. */
const LONGEST = 2 ** 31 - 1;

/** Hears, as a doctor, of grants of this patient that end. */
export function useEnded(patient: string | null): Ended {
  const [ended, end] = useState<Ended>({ how: null, times: 0 });
  useEffect(() => {
    const who = me.peek();
    if (patient === null || who?.kind !== 'person' || who.role !== 'doctor') return undefined;
    let timers: number[] = [];
    let open = new Set<string>();
    let gone = false;
    const over = (how: 'revoked' | 'expired'): void => end(({ times }) => ({ how, times: times + 1 }));
    const watch = (): void => void consents.list().then((all) => {
      if (gone) return;
      timers.forEach((timer) => clearTimeout(timer));
      const now = Date.now() + clockOffset.peek();
      const standing = all.filter((one) => one.patient_id === patient && isLive(one, now));
      timers = standing.map(({ until }) => window.setTimeout(() => over('expired'), Math.min(LONGEST, (until ?? LONGEST + now) - now)));
      const before = open;
      open = new Set(standing.map((one) => one.id));
      // What ended while the line was away.
      const missed = all.find((one) => before.has(one.id) && !open.has(one.id));
      if (missed !== undefined) over(missed.state === 'expired' ? 'expired' : 'revoked');
    }, () => undefined);
    const deaf = live.hear((message) => {
      const ours = message.t === 'grant' && message.patient === patient;
      if (ours && (message.state === 'revoked' || message.state === 'expired')) {
        open.delete(message.consent);
        over(message.state);
      }
      if (ours || message.t === 'welcome') watch();
    });
    watch();
    return () => {
      gone = true;
      deaf();
      timers.forEach((timer) => clearTimeout(timer));
    };
  }, [patient]);
  return ended;
}
