/** Looking without asking, in an emergency: what will happen is said first, then why, then once more who one is. */
import './consents.css';

import { useState } from 'preact/hooks';

import { type Emergency, EMERGENCIES, consents } from '../../consents.ts';
import { emergencyWord } from '../../consents/words.ts';
import { t } from '../../i18n.ts';
import { Show, useLoaded } from '../../loaded.tsx';
import { go } from '../../router.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Check, Choose, TextArea } from '../../ui/field.tsx';
import { Page } from '../../ui/page.tsx';
import { Notice } from '../../ui/parts.tsx';
import { loadPeople } from './ask-form.tsx';
import { PickPatient, type Someone } from './who-fields.tsx';

/** How much has to be said, and how much can, in characters. */
const TEXT = { least: 10, most: 500 };

export function EmergencyPage({ patient }: { patient: string | null }) {
  const people = useLoaded(loadPeople);
  const [picked, pick] = useState<Someone | null>(null);
  return (
    <Page heading={t('glass-title')}>
      <Notice meaning="stop">
        <p><strong>{t('glass-what')}</strong></p>
        <ul class="bullets">
          <li>{t('glass-what-told')}</li>
          <li>{t('glass-what-reviewed')}</li>
          <li>{t('glass-what-hours')}</li>
        </ul>
        <p>{t('glass-what-else')}</p>
      </Notice>
      <Show of={people}>
        {({ patients }) => {
          const one = picked ?? patients.find((known) => known.id === patient) ?? null;
          return one === null ? <><p>{t('glass-whom')}</p><PickPatient all={patients} pick={pick} /></> : <Breaking key={one.id} patient={one} />;
        }}
      </Show>
      <div><a class="button" href="/consents">{t('consents-back')}</a></div>
    </Page>
  );
}

function Breaking({ patient }: { patient: Someone }) {
  const [why, setWhy] = useState<Emergency | ''>('');
  const [text, setText] = useState('');
  const [known, know] = useState(false);
  const task = useTask();
  const lacks = why === '' || text.trim().length < TEXT.least || !known;
  const open = (): void => task.run(async () => {
    if (why === '') return;
    const granted = await consents.breakGlass(patient.id, why, text.trim());
    go(`/consents/${granted.id}`);
  });
  return (
    <form class="stack consent-form" onSubmit={(event) => { event.preventDefault(); open(); }}>
      <p class="card-title" dir="auto">{patient.name}</p>
      <Choose
        label={t('glass-why')}
        value={why}
        onChange={(word) => setWhy(EMERGENCIES.find((one) => one === word) ?? '')}
        options={[{ value: '', label: t('glass-why-choose') }, ...EMERGENCIES.map((one) => ({ value: one, label: emergencyWord(one) }))]}
      />
      <TextArea label={t('glass-text')} hint={t('glass-text-hint')} value={text} onInput={setText} required maxLength={TEXT.most} rows={3} />
      <Check label={t('glass-know', { name: patient.name })} checked={known} onChange={know} required />
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      <Button kind="stop" submit wide busy={task.busy} disabled={lacks}>{t('glass-open')}</Button>
      {lacks && <p class="hint">{t('glass-lack', { count: TEXT.least })}</p>}
    </form>
  );
}
