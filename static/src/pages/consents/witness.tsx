/** The doctor says that the patient said yes aloud, and which colleague heard it. */
import { useEffect, useState } from 'preact/hooks';

import { type Colleague, type Consent, consents } from '../../consents.ts';
import { t } from '../../i18n.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Choose } from '../../ui/field.tsx';
import { Notice } from '../../ui/parts.tsx';
import { when } from '../../when.ts';

export function SaidAloud({ consent, now, changed }: { consent: Consent; now: number; changed: () => void }) {
  const { witness, witness_by: by, patient } = consent;
  const waits = witness !== null && by !== null && by > now;
  return (
    <>
      {waits && <Notice meaning="wait"><p>{t('witness-waits', { name: witness.name, time: when(by, now) })}</p></Notice>}
      <details>
        <summary>{t('witness-title')}</summary>
        <div class="stack">
          <p>{t('witness-why', { patient })}</p>
          <Call consent={consent} changed={changed} />
        </div>
      </details>
    </>
  );
}

function Call({ consent, changed }: { consent: Consent; changed: () => void }) {
  const [all, found] = useState<readonly Colleague[]>([]);
  const [chosen, choose] = useState('');
  const task = useTask();
  useEffect(() => task.run(async () => found(await consents.witnesses())), []);
  const send = (): void => task.run(async () => {
    await consents.callWitness(consent.id, chosen);
    choose('');
    changed();
  });
  const options = all.map((one) => ({ value: one.id, label: [one.name, one.department ?? t(`role-${one.role}`)].join(', ') }));
  return (
    <form class="stack" onSubmit={(event) => { event.preventDefault(); send(); }}>
      <Choose label={t('witness-who')} value={chosen} onChange={choose} options={[{ value: '', label: t('choose') }, ...options]} />
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      <div><Button submit busy={task.busy} disabled={chosen === ''}>{t('witness-call')}</Button></div>
    </form>
  );
}
