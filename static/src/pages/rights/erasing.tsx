/** Erasing: one's records, each chosen; what the law keeps is said with its reason. */
import { useState } from 'preact/hooks';

import { t } from '../../i18n.ts';
import { Show, useLoaded } from '../../loaded.tsx';
import { recordServer, type RecordView } from '../../records/server.ts';
import { titles } from '../../records/titles.ts';
import { nameOf, viewer } from '../../records/words.ts';
import { type Outcome, rights } from '../../rights/server.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Check, Field } from '../../ui/field.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Badge, Empty, Notice } from '../../ui/parts.tsx';
import { day } from '../../when.ts';
import { me } from '../../who.ts';

export function Erasing() {
  const found = useLoaded(() => recordServer.list());
  const [outcomes, set] = useState<readonly Outcome[] | null>(null);
  return (
    <section class="stack">
      <h2>{t('erase-title')}</h2>
      <p>{t('erase-why')}</p>
      {outcomes !== null && <Outcomes outcomes={outcomes} records={found.value?.records ?? []} />}
      <Show of={found}>{({ records, next }) => (records.length === 0 ? <Empty title={t('erase-none')} /> : <Choose records={records} more={next !== null} done={(all) => { set(all); found.reload(); }} />)}</Show>
    </section>
  );
}

function Choose({ records, more, done }: { records: readonly RecordView[]; more: boolean; done: (outcomes: Outcome[]) => void }) {
  const [chosen, choose] = useState<ReadonlySet<string>>(new Set());
  const [asking, ask] = useState<'chosen' | 'all' | null>(null);
  const left = records.filter((one) => !one.restricted);
  const count = left.filter((one) => chosen.has(one.id)).length;
  const put = (id: string, on: boolean): void => choose(new Set(on ? [...chosen, id] : [...chosen].filter((one) => one !== id)));
  return (
    <details>
      <summary>{t('erase-choose')}</summary>
      <div class="stack">
        {records.map((one) => one.restricted
          ? <p key={one.id} dir="auto">{nameAndDay(one)} <Badge meaning="wait">{t('erase-restricted')}</Badge></p>
          : <Check key={one.id} label={nameAndDay(one)} checked={chosen.has(one.id)} onChange={(on) => put(one.id, on)} />)}
        {more && <p class="hint">{t('erase-more')}</p>}
        <div class="actions">
          <Button kind="stop" disabled={count === 0} onClick={() => ask('chosen')}>{t('erase-chosen', { count })}</Button>
          <Button kind="quiet" onClick={() => ask('all')}>{t('erase-all')}</Button>
        </div>
      </div>
      {asking !== null && <Sure what={asking === 'all' ? 'all' : left.filter((one) => chosen.has(one.id)).map((one) => one.id)} close={() => ask(null)} done={(all) => { ask(null); choose(new Set()); done(all); }} />}
    </details>
  );
}

function nameAndDay(record: RecordView): string {
  const who = viewer(me.value);
  return `${titles.value.get(record.id) ?? (who === null ? '' : nameOf(record, who))} · ${day(record.at)}`;
}

/** The second word: typed, since nothing brings it back. */
function Sure({ what, close, done }: { what: readonly string[] | 'all'; close: () => void; done: (outcomes: Outcome[]) => void }) {
  const [typed, type] = useState('');
  const task = useTask();
  const wanted = t('erase-word');
  const go = (): void => task.run(async () => done((await rights.erase(what)).records));
  return (
    <Dialog title={t('erase-sure-title')} onClose={close}>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); go(); }}>
        <p>{what === 'all' ? t('erase-sure-all') : t('erase-sure', { count: what.length })}</p>
        <p>{t('erase-sure-law')}</p>
        <p>{t('erase-sure-first')}</p>
        <Field label={t('erase-type', { word: wanted })} value={typed} onInput={type} exact required maxLength={20} />
        {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
        <div class="actions">
          <Button kind="primary" onClick={close}>{t('erase-not')}</Button>
          <Button kind="stop" submit busy={task.busy} disabled={typed.trim().toLocaleLowerCase() !== wanted.toLocaleLowerCase()}>{t('erase-yes')}</Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Which record is kept, and until when. */
function keptLine({ record: id, until }: Outcome, records: readonly RecordView[]): string {
  const record = records.find((known) => known.id === id);
  const name = record === undefined ? '' : nameAndDay(record);
  return until === null ? name : t('erase-until', { name, day: day(until) });
}

function Outcomes({ outcomes, records }: { outcomes: readonly Outcome[]; records: readonly RecordView[] }) {
  const erased = outcomes.filter((one) => one.outcome === 'erased').length;
  const kept = outcomes.filter((one) => one.outcome === 'restricted');
  return (
    <>
      {erased > 0 && <Notice meaning="good" alert><p>{t('erase-erased', { count: erased })}</p></Notice>}
      {kept.length > 0 && (
        <Notice meaning="wait" alert>
          <p>{t('erase-kept', { count: kept.length })}</p>
          <ul>{kept.map((one) => <li key={one.record}>{keptLine(one, records)}</li>)}</ul>
          <p>{t('erase-law')}</p>
        </Notice>
      )}
    </>
  );
}
