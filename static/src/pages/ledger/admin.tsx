/** The administrator's page of the log: how it does in one line, figures, plots, the validators, and who runs them. */
import './ledger.css';

import { useEffect, useState } from 'preact/hooks';

import { t } from '../../i18n.ts';
import type { About } from '../../ledger/about.ts';
import { about } from '../../ledger/browser.ts';
import { verdictOf } from '../../ledger/healthy.ts';
import { type Health, ledgerServer, type Series } from '../../ledger/server.ts';
import { clockOffset } from '../../live.ts';
import { type Loaded, Show, useLoaded } from '../../loaded.tsx';
import type { Organisation } from '../../organisations.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Choose } from '../../ui/field.tsx';
import { Badge, Empty, type Meaning, Notice, Table } from '../../ui/parts.tsx';
import { toast } from '../../ui/toast.tsx';
import { when } from '../../when.ts';
import { Figures } from './figures.tsx';
import { WhoRuns } from './parts.tsx';
import { Plots } from './plots.tsx';

/** How often the figures are asked anew, in ms. Lower costs the server more. */
const EVERY_MS = 5_000;

const SPANS = ['15', '60', '360', '1440'];

interface State {
  about: About;
  health: Health;
  series: Series;
}

/** Null where no log is kept. */
async function state(minutes: string): Promise<State | null> {
  const said = await about();
  if (said === null) return null;
  const [health, series] = await Promise.all([ledgerServer.health(), ledgerServer.series(Number(minutes))]);
  return { about: said, health, series };
}

export function LedgerSection({ own }: { own: Loaded<Organisation> }) {
  return <Show of={own}>{({ operator }) => (operator ? <Watched /> : <Empty title={t('log-operator')}><p>{t('log-operator-hint')}</p></Empty>)}</Show>;
}

function Watched() {
  const [minutes, setMinutes] = useState('60');
  const found = useLoaded(async () => ({ now: await state(minutes) }), minutes);
  const { reload } = found;
  useEffect(() => {
    const timer = setInterval(() => document.hidden || reload(), EVERY_MS);
    return () => clearInterval(timer);
  }, [minutes]);
  return (
    <section class="stack">
      <Show of={found} rows={6}>
        {({ now }) => (now === null ? <Empty title={t('log-none')}><p>{t('log-none-hint')}</p></Empty> : <Log now={now} minutes={minutes} span={setMinutes} reload={reload} />)}
      </Show>
    </section>
  );
}

function Log({ now: { about: { threshold, trust }, health, series }, minutes, span, reload }: { now: State; minutes: string; span: (minutes: string) => void; reload: () => void }) {
  return (
    <>
      <InOneLine health={health} threshold={threshold} />
      <Flush reload={reload} />
      <Figures health={health} />
      <Choose label={t('log-span')} value={minutes} options={SPANS.map((value) => ({ value, label: t('log-minutes', { minutes: Number(value) }) }))} onChange={span} />
      <Plots series={series} />
      <section class="stack">
        <h2>{t('log-validators')}</h2>
        <Validators health={health} />
        <WhoRuns trust={trust} />
      </section>
      <Refused health={health} />
    </>
  );
}

const MEANING = { stopped: 'stop', no_quorum: 'stop', lied: 'stop', slow: 'wait', degraded: 'wait', fine: 'good' } as const;

function InOneLine({ health, threshold }: { health: Health; threshold: number }) {
  const now = Date.now() + clockOffset.value;
  const verdict = verdictOf(health, threshold, now);
  const { kind, ...rest } = verdict;
  const values = 'since' in rest ? { time: when(rest.since, now) } : rest;
  return <Notice meaning={MEANING[kind]}><p><strong>{t(`log-${kind.replace('_', '-')}`, values)}</strong></p></Notice>;
}

function Flush({ reload }: { reload: () => void }) {
  const task = useTask();
  const flush = (): void => task.run(async () => {
    const { entries } = await ledgerServer.flush();
    toast(t('log-flushed', { count: entries }));
    reload();
  });
  return (
    <>
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      <div class="actions">
        <Button kind="primary" busy={task.busy} onClick={flush}>{t('log-flush')}</Button>
        <span class="hint">{t('log-flush-hint')}</span>
      </div>
    </>
  );
}

const STATES: Record<Health['validators'][number]['state'], Meaning> = { voting: 'good', behind: 'wait', waiting: 'wait', silent: 'stop' };

function Validators({ health }: { health: Health }) {
  const now = Date.now() + clockOffset.value;
  return (
    <Table
      caption={t('log-validators')}
      head={[t('validator-name'), t('validator-state'), t('validator-batch'), t('validator-heard')]}
      rows={health.validators.map((validator) => ({
        key: String(validator.index),
        cells: [
          <span dir="auto">{validator.name}{validator.index === health.primary && <span class="quiet"> · {t('validator-primary')}</span>}</span>,
          <Badge meaning={STATES[validator.state]}>{t(`validator-${validator.state}`)}</Badge>,
          String(validator.seq),
          validator.seen_at === null ? t('validator-never') : when(validator.seen_at, now),
        ],
      }))}
    />
  );
}

/** Entries that did not come to stand, by what was wrong with them. */
function Refused({ health }: { health: Health }) {
  if (health.refused.length === 0) return null;
  return (
    <details>
      <summary>{t('log-refused', { count: health.refused.reduce((sum, one) => sum + one.count, 0) })}</summary>
      <p class="hint">{t('log-refused-why')}</p>
      <Table caption={t('log-void')} head={[t('log-void-cause'), t('log-void-count')]} rows={health.refused.map((one) => ({ key: one.cause, cells: [<code>{one.cause}</code>, String(one.count)] }))} />
    </details>
  );
}
