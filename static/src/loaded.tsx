/** What a page asks the server for when it opens: its skeleton while it waits, its sentence and a second try when that fails. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { t } from './i18n.ts';
import { useTask } from './task.ts';
import { Button } from './ui/button.tsx';
import { Notice, Skeleton } from './ui/parts.tsx';

export interface Loaded<T> {
  /** Null until the first answer. */
  value: T | null;
  error: string | null;
  busy: boolean;
  reload(): void;
  set(value: T): void;
}

/** Asks once for each `of`. What was there before stays on the page while it is asked again. */
export function useLoaded<T>(load: () => Promise<T>, of = ''): Loaded<T> {
  const [value, set] = useState<T | null>(null);
  const task = useTask();
  const reload = (): void => task.run(async () => {
    const found = await load();
    set(() => found);
  });
  useEffect(reload, [of]);
  return { value, error: task.error, busy: task.busy, reload, set: (next) => set(() => next) };
}

export function Show<T>({ of, rows, children }: { of: Loaded<T>; rows?: number; children: (value: T) => ComponentChildren }) {
  return (
    <>
      {of.error !== null && <Notice meaning="stop" alert><p>{of.error}</p><Button onClick={of.reload} busy={of.busy}>{t('try-again')}</Button></Notice>}
      {of.value === null && of.error === null && <Skeleton rows={rows ?? 3} />}
      {of.value !== null && children(of.value)}
    </>
  );
}
