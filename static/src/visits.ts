/** The list of visits a home page shows: loaded once, then kept current by the socket. */
import { type ReadonlySignal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';

import { api, sentence } from './api.ts';
import { live } from './live.ts';
import { order } from './order.ts';
import type { VisitView } from './wire.ts';

export interface Visits {
  /** Null until the first answer. */
  list: ReadonlySignal<readonly VisitView[] | null>;
  /** Why the list may be old, when it may. */
  problem: ReadonlySignal<string | null>;
  reload(): Promise<void>;
  put(visit: VisitView): void;
}

export function useVisits(): Visits {
  const visits = useMemo(make, []);
  useEffect(() => {
    void visits.reload();
    return live.hear((message) => {
      if (message.t === 'visit') visits.put(message.visit);
      if (message.t === 'welcome' && visits.list.value !== null) void visits.reload();
    });
  }, []);
  return visits;
}

function make(): Visits {
  const list = signal<readonly VisitView[] | null>(null);
  const problem = signal<string | null>(null);
  return {
    list,
    problem,
    put: (visit) => {
      list.value = order([visit, ...(list.value ?? []).filter((one) => one.id !== visit.id)]);
    },
    reload: async () => {
      try {
        list.value = order(await api.visits());
        problem.value = null;
      } catch (error) {
        problem.value = sentence(error);
      }
    },
  };
}
