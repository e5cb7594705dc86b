/** The auditor's queue: looks without asking, the overdue ones first, each to be judged by a second person. */
import './consents/consents.css';

import { useState } from 'preact/hooks';

import { type Consent, consents, type Verdict } from '../consents.ts';
import { doctorOf } from '../consents/words.ts';
import { t } from '../i18n.ts';
import { clockOffset } from '../live.ts';
import { Show, useLoaded } from '../loaded.tsx';
import { useTask } from '../task.ts';
import { Button } from '../ui/button.tsx';
import { TextArea } from '../ui/field.tsx';
import { Badge, Card, Empty, Notice } from '../ui/parts.tsx';
import { toast } from '../ui/toast.tsx';
import { when } from '../when.ts';
import { Facts } from './consents/live-grant.tsx';

export function Reviews() {
  const found = useLoaded(consents.reviews);
  return (
    <section class="stack">
      <h2>{t('reviews-title')}</h2>
      <p>{t('reviews-why')}</p>
      <Show of={found}>{(all) => <Queue all={all} changed={found.reload} />}</Show>
    </section>
  );
}

function Queue({ all, changed }: { all: readonly Consent[]; changed: () => void }) {
  const open = all.filter((one) => one.verdict === null);
  const done = all.filter((one) => one.verdict !== null);
  return (
    <>
      {open.length === 0 && <Empty title={t('reviews-none')} />}
      {open.map((one) => <Review key={one.id} one={one} changed={changed} />)}
      {done.length > 0 && (
        <details>
          <summary>{t('reviews-done', { count: done.length })}</summary>
          <div class="stack">{done.map((one) => <Done key={one.id} one={one} />)}</div>
        </details>
      )}
    </>
  );
}

function Head({ one }: { one: Consent }) {
  const now = Date.now() + clockOffset.value;
  return (
    <>
      <p class="consent-says" dir="auto">{t('reviews-who', { doctor: doctorOf(one), patient: one.patient })}</p>
      <p class="quiet">{when(one.made_at, now)}</p>
      <Facts consent={one} />
    </>
  );
}

function Review({ one, changed }: { one: Consent; changed: () => void }) {
  const [note, setNote] = useState('');
  const task = useTask();
  const now = Date.now() + clockOffset.value;
  const judge = (verdict: Verdict): void => task.run(async () => {
    await consents.review(one.id, verdict, note.trim());
    toast(t('reviews-kept'));
    changed();
  });
  const by = one.review_by ?? now;
  const lacks = note.trim() === '';
  return (
    <Card strong={one.overdue}>
      <div>{one.overdue ? <Badge meaning="stop">{t('reviews-overdue', { time: when(by, now) })}</Badge> : <Badge meaning="wait">{t('reviews-by', { time: when(by, now) })}</Badge>}</div>
      <Head one={one} />
      <TextArea label={t('reviews-note')} hint={t('reviews-note-hint')} value={note} onInput={setNote} maxLength={1_000} rows={2} />
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      <div class="actions">
        <Button kind="primary" busy={task.busy} disabled={lacks} onClick={() => judge('justified')}>{t('reviews-justified')}</Button>
        <Button kind="stop" busy={task.busy} disabled={lacks} onClick={() => judge('not_justified')}>{t('reviews-not-justified')}</Button>
      </div>
    </Card>
  );
}

function Done({ one }: { one: Consent }) {
  const good = one.verdict === 'justified';
  return (
    <Card>
      <div><Badge meaning={good ? 'good' : 'stop'}>{good ? t('reviews-justified') : t('reviews-not-justified')}</Badge></div>
      <Head one={one} />
      {one.note !== null && <p dir="auto">{one.note}</p>}
    </Card>
  );
}
