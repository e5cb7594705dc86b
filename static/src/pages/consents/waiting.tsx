/** An ask that waits for the patient: their answer, or the code they read to the doctor. */
import { useState } from 'preact/hooks';

import { Problem } from '../../api.ts';
import { type Consent, consents } from '../../consents.ts';
import { useNow } from '../../consents/lists.ts';
import { doctorOf, span, whatOf } from '../../consents/words.ts';
import { t } from '../../i18n.ts';
import { go } from '../../router.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Card, Notice } from '../../ui/parts.tsx';
import { toast } from '../../ui/toast.tsx';
import { when } from '../../when.ts';
import { me } from '../../who.ts';
import { CodeForm } from '../door/code-form.tsx';
import { SaidAloud } from './witness.tsx';

/** How often the time that is left is told anew, in ms. */
const TICK = 1_000;

export function WaitingAsk({ ask, changed }: { ask: Consent; changed: () => void }) {
  const now = useNow(TICK);
  const who = me.value;
  const mine = who?.kind === 'person' && ask.grantee?.id === who.id;
  return (
    <Card>
      <p class="card-title" dir="auto">{ask.patient}</p>
      <p>{t('waiting-what', { what: whatOf(ask.kinds), span: span(ask.minutes ?? 0) })}</p>
      {!mine && <p class="quiet" dir="auto">{t('waiting-for-other', { name: doctorOf(ask) })}</p>}
      {ask.code === null
        ? <Notice meaning="wait"><p>{t('waiting-tap', { name: ask.patient })}</p></Notice>
        : <Notice meaning="wait"><p>{t('waiting-code', { name: ask.patient })}</p></Notice>}
      {mine && (ask.code === null ? <details><summary>{t('waiting-told-code')}</summary><Code ask={ask} now={now} changed={changed} /></details> : <Code ask={ask} now={now} changed={changed} />)}
      {mine && <SaidAloud consent={ask} now={now} changed={changed} />}
      {ask.answer_by !== null && <p class="hint">{t('consent-answer-by', { time: when(ask.answer_by, now) })}</p>}
    </Card>
  );
}

function Code({ ask, now, changed }: { ask: Consent; now: number; changed: () => void }) {
  const [left, setLeft] = useState<number | null>(ask.code?.tries_left ?? null);
  const task = useTask();
  const code = ask.code;
  const over = code !== null && (code.expires <= now || left === 0);
  const redeem = async (typed: string): Promise<void> => {
    try {
      const granted = await consents.redeem(ask.id, typed);
      toast(t('code-opened', { name: ask.patient }));
      go(`/consents/${granted.id}`);
    } catch (error) {
      if (error instanceof Problem && (error.code === 'wrong_code' || error.code === 'code_spent')) {
        const found = await consents.get(ask.id).catch(() => null);
        setLeft(found?.consent.code?.tries_left ?? 0);
        changed();
      }
      throw error;
    }
  };
  const again = (): void => task.run(async () => {
    await consents.sendCode(ask.id);
    setLeft(null);
    toast(t('code-sent-again'));
    changed();
  });
  const wait = code === null ? 0 : Math.max(0, Math.ceil((code.resend_after - now) / 1_000));
  return (
    <div class="stack">
      {over
        ? <Notice meaning="stop" alert><p>{left === 0 ? t('code-tries-over') : t('code-time-over')}</p></Notice>
        : <CodeForm label={t('code-of-patient', { name: ask.patient })} hint={t('code-of-patient-hint')} submit={t('code-open')} send={redeem} />}
      {!over && code !== null && <p class="hint">{t('code-left', { count: left ?? code.tries_left, time: minutesAndSeconds(code.expires - now) })}</p>}
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      {code !== null && (wait > 0 ? <p class="hint">{t('code-again-in', { seconds: wait })}</p> : <div><Button busy={task.busy} onClick={again}>{t('code-again')}</Button></div>)}
    </div>
  );
}

/** "4:59". */
function minutesAndSeconds(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
