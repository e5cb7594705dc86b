/** What a member of staff is asked to confirm: that they heard a patient say yes. Yes and no of the same size. */
import './consents.css';

import { type Consent, consents } from '../../consents.ts';
import { useNow } from '../../consents/lists.ts';
import { doctorOf, span, whatOf } from '../../consents/words.ts';
import { ask, toWitness } from '../../heard.ts';
import { t } from '../../i18n.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Card, Notice } from '../../ui/parts.tsx';
import { toast } from '../../ui/toast.tsx';
import { when } from '../../when.ts';

/** How often the page looks whether the time is over, in ms. */
const TICK = 5_000;

export function WitnessAsks() {
  const now = useNow(TICK);
  const open = toWitness.value.filter((one) => (one.witness_by ?? 0) > now);
  return <>{open.map((one) => <One key={one.id} one={one} now={now} />)}</>;
}

function One({ one, now }: { one: Consent; now: number }) {
  const task = useTask();
  const answer = (send: (id: string) => Promise<Consent>, said: string): void => task.run(async () => {
    try {
      await send(one.id);
      toast(said);
    } finally {
      ask();
    }
  });
  const { patient } = one;
  return (
    <Card strong>
      <p class="consent-says" dir="auto">{t('witness-asks', { who: doctorOf(one), patient, what: whatOf(one.kinds), span: span(one.minutes ?? 0) })}</p>
      <p>{t('witness-asks-why', { patient })}</p>
      {one.witness_by !== null && <p class="hint">{t('consent-answer-by', { time: when(one.witness_by, now) })}</p>}
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      <div class="yes-no">
        <Button kind="primary" busy={task.busy} name={t('witness-yes-name', { patient })} onClick={() => answer(consents.confirm, t('witness-noted'))}>{t('witness-yes')}</Button>
        <Button busy={task.busy} name={t('witness-no-name', { patient })} onClick={() => answer(consents.deny, t('witness-denied'))}>{t('witness-no')}</Button>
      </div>
    </Card>
  );
}
