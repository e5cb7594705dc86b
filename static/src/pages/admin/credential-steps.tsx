/** What an administrator does next with a registration. Two different people must: the rule is said where it applies. */
import { useState } from 'preact/hooks';

import { type Credential, credentials, type Step, steps } from '../../credentials.ts';
import { t } from '../../i18n.ts';
import { type Task, useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, TextArea } from '../../ui/field.tsx';
import { Card, Notice } from '../../ui/parts.tsx';
import { toast } from '../../ui/toast.tsx';

/** Steps that want a reason, which the doctor is shown. */
const WITH_WHY: readonly Step[] = ['refuse', 'suspend', 'reinstate'];

export function CredentialSteps({ one, changed }: { one: Credential; changed: (one: Credential) => void }) {
  const [asking, ask] = useState<Step | null>(null);
  const task = useTask();
  const next = steps(one.state);
  const take = (step: Step, body: Record<string, string> = {}): void =>
    task.run(async () => {
      changed(await credentials.step(one.id, step, body));
      ask(null);
      toast(t(`step-${step}-done`));
    });
  if (next.length === 0) return <p class="quiet">{t('steps-none')}</p>;
  return (
    <Card>
      <h2>{t('steps-title')}</h2>
      {next.map((step) => <p key={step}>{t(`step-${step}-what`, { name: one.name })}</p>)}
      {next.includes('activate') && <Notice meaning="note"><p>{t('two-people-rule')}</p></Notice>}
      {task.error !== null && asking === null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      <div class="actions">
        {next.map((step, i) => (
          <Button key={step} kind={step === 'suspend' ? 'stop' : i === 0 ? 'primary' : 'plain'} busy={task.busy} onClick={() => (WITH_WHY.includes(step) ? ask(step) : take(step))}>
            {t(`step-${step}`)}
          </Button>
        ))}
      </div>
      {next.includes('match') && <ByHand task={task} match={(manual) => take('match', { manual })} />}
      {asking !== null && <Why step={asking} name={one.name} task={task} close={() => ask(null)} send={(why) => take(asking, { why })} />}
    </Card>
  );
}

/** When the register is not here as a file: somebody looked it up. */
function ByHand({ task, match }: { task: Task; match: (manual: string) => void }) {
  const [how, setHow] = useState('');
  return (
    <details>
      <summary>{t('match-by-hand')}</summary>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); match(how.trim()); }}>
        <Field label={t('match-how')} hint={t('match-how-hint')} value={how} onInput={setHow} required maxLength={300} />
        <div><Button submit busy={task.busy}>{t('match-by-hand-do')}</Button></div>
      </form>
    </details>
  );
}

function Why({ step, name, task, close, send }: { step: Step; name: string; task: Task; close: () => void; send: (why: string) => void }) {
  const [why, setWhy] = useState('');
  return (
    <Dialog title={t('with-who', { label: t(`step-${step}`), name })} onClose={close}>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); send(why.trim()); }}>
        {step === 'suspend' && <Notice meaning="wait"><p>{t('suspend-cost', { name })}</p></Notice>}
        {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
        <TextArea label={t('why')} hint={t('why-doctor')} value={why} onInput={setWhy} required maxLength={500} />
        <Button kind={step === 'reinstate' ? 'primary' : 'stop'} submit busy={task.busy}>{t(`step-${step}`)}</Button>
      </form>
    </Dialog>
  );
}
