/** The audit of an organisation: who did what, narrowed down, a page at a time; its export; and whether anything was changed afterwards. */
import '../admin/admin.css';

import { useEffect, useState } from 'preact/hooks';

import { api, type Person } from '../../api.ts';
import { ALL, audit, type AuditEntry, type Filter } from '../../audit.ts';
import { t } from '../../i18n.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Empty, Notice, Skeleton } from '../../ui/parts.tsx';
import { CheckChain } from './chain.tsx';
import { Entries } from './entries.tsx';
import { Export } from './export.tsx';
import { FilterForm } from './filter.tsx';

interface Shown {
  entries: readonly AuditEntry[];
  next: number | null;
}

export function AuditSection() {
  const [filter, setFilter] = useState<Filter>(ALL);
  const [shown, setShown] = useState<Shown | null>(null);
  const [people, setPeople] = useState<readonly Person[]>([]);
  const task = useTask();
  const load = (wanted: Filter): void =>
    task.run(async () => {
      setFilter(wanted);
      setShown(await audit.page(wanted, null));
    });
  const more = (after: number): void =>
    task.run(async () => {
      const page = await audit.page(filter, after);
      setShown({ entries: [...(shown?.entries ?? []), ...page.entries], next: page.next });
    });
  useEffect(() => {
    load(ALL);
    api.people().then(setPeople, () => undefined); // without names to choose from, the rest still works
  }, []);
  const next = shown?.next ?? null;
  return (
    <>
      <p>{t('audit-why')}</p>
      <CheckChain />
      <FilterForm people={people} busy={task.busy} show={load} />
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p><Button onClick={() => load(filter)}>{t('try-again')}</Button></Notice>}
      {shown === null && task.error === null && <Skeleton rows={8} />}
      {shown?.entries.length === 0 && <Empty title={t('audit-empty')}><p>{t('audit-empty-hint')}</p></Empty>}
      {shown !== null && shown.entries.length > 0 && <Entries entries={shown.entries} people={people} />}
      {next !== null && <div><Button busy={task.busy} onClick={() => more(next)}>{t('audit-more')}</Button></div>}
      {shown !== null && shown.entries.length > 0 && <Export filter={filter} />}
    </>
  );
}
