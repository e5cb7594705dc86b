/** A person's consents, asked for again whenever one changes, and what time does to them. */
import { useEffect, useState } from 'preact/hooks';

import { type Consent, consents, STANDING, type Standing } from '../consents.ts';
import { clockOffset, live } from '../live.ts';
import { type Loaded, useLoaded } from '../loaded.tsx';

export function useConsents(): Loaded<Consent[]> {
  const found = useLoaded(consents.list);
  // A line that was away may have missed what happened.
  useEffect(() => live.hear((message) => {
    if (message.t === 'grant' || message.t === 'welcome') found.reload();
  }), []);
  return found;
}

/** The server's time, anew every so many ms. */
export function useNow(every: number): number {
  const [now, tick] = useState(() => Date.now() + clockOffset.peek());
  useEffect(() => {
    const timer = setInterval(() => tick(Date.now() + clockOffset.peek()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}

export interface Sorted {
  /** To be answered. */
  asked: Consent[];
  /** Somebody can see something now. */
  live: Consent[];
  /** Given without an end. */
  standing: ReadonlyMap<Standing, Consent>;
  /** Over, refused or taken back. */
  past: Consent[];
}

/** What stands how at this time. */
export function sorted(all: readonly Consent[], now: number): Sorted {
  const asked = all.filter((one) => one.subject === 'share' && one.state === 'asked' && (one.answer_by ?? now + 1) > now);
  const live = all.filter((one) => one.subject === 'share' && isLive(one, now));
  const given = all.filter((one) => one.subject !== 'share' && one.state === 'granted');
  const standing = new Map(STANDING.flatMap((subject) => given.filter((one) => one.subject === subject).slice(0, 1).map((one) => [subject, one] as const)));
  const here = new Set([...asked, ...live, ...given]);
  return { asked, live, standing, past: all.filter((one) => !here.has(one)) };
}

export function isLive(one: Consent, now: number): boolean {
  return one.state === 'granted' && (one.until === null || one.until > now);
}
