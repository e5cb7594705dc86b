/** The record of one patient, for a doctor who treats them: what is there, and adding to it. */
import './records/records.css';

import { FilePlus, FlaskConical, type IconNode, Mail, NotebookPen } from 'lucide';
import { useState } from 'preact/hooks';

import { useEnded } from '../consents/ended.ts';
import { t } from '../i18n.ts';
import { type Loaded, Show, useLoaded } from '../loaded.tsx';
import { recordServer, type TreatedPatient } from '../records/server.ts';
import { Icon } from '../ui/icon.tsx';
import { Page } from '../ui/page.tsx';
import { Notice } from '../ui/parts.tsx';
import { me } from '../who.ts';
import { AskLink } from './consents/ask-link.tsx';
import { KeyNotice } from './key-card.tsx';
import { AddFile } from './records/add.tsx';
import { Sending } from './records/sending.tsx';
import { Timeline } from './records/timeline.tsx';
import { sheetOf, Write, type Written } from './records/write.tsx';

const ADDED: readonly { what: Written | 'file'; icon: IconNode }[] = [
  { what: 'note', icon: NotebookPen },
  { what: 'lab', icon: FlaskConical },
  { what: 'letter', icon: Mail },
  { what: 'file', icon: FilePlus },
];

/** `adding` is what is being added, null for the timeline. */
export function PatientRecordPage({ patient, adding }: { patient: string; adding: string | null }) {
  const patients = useLoaded(recordServer.patients);
  const found = patients.value?.find((one) => one.id === patient);
  const what = ADDED.find((one) => one.what === adding)?.what ?? null;
  const name = found?.name ?? '';
  const heading = name === '' ? t('patient') : what === null ? t('records-of', { name }) : t(`add-${what}-for`, { name });
  return (
    <Page key={`${what} ${name}`} heading={heading}>
      <KeyNotice />
      <Known patients={patients} patient={patient}>
        {what === null ? <Whole patient={patient} name={name} /> : <Adding what={what} patient={patient} />}
      </Known>
      <div>{what === null ? <a class="button" href="/patients">{t('patients-back')}</a> : <a class="button" href={`/patients/${patient}`}>{t('records-of', { name })}</a>}</div>
    </Page>
  );
}

function Known({ patients, patient, children }: { patients: Loaded<TreatedPatient[]>; patient: string; children: preact.ComponentChildren }) {
  return (
    <Show of={patients}>
      {(all) => (all.some((one) => one.id === patient) ? children : <Notice meaning="stop" alert><p>{t('patients-not')}</p></Notice>)}
    </Show>
  );
}

function Whole({ patient, name }: { patient: string; name: string }) {
  const [again, change] = useState(0);
  const ended = useEnded(patient);
  return (
    <>
      <nav class="actions" aria-label={t('patients-add')}>
        {ADDED.map(({ what, icon }) => <a key={what} class="button" href={`/patients/${patient}/${what}`}><Icon of={icon} />{t(`add-${what}`)}</a>)}
      </nav>
      <AskLink patient={patient} />
      <Sending patient={patient} done={() => change((count) => count + 1)} />
      <Timeline patient={patient} again={again + ended.times} empty={t('patients-none-yet', { name })} />
    </>
  );
}

function Adding({ what, patient }: { what: Written | 'file'; patient: string }) {
  const who = me.value;
  const department = who?.kind === 'person' ? who.department : null;
  if (what === 'file') {
    return (
      <>
        <Sending patient={patient} done={() => undefined} />
        <AddFile patient={patient} department={department} />
      </>
    );
  }
  return <Write key={what} kind={what} form={`${what}/${patient}`} start={sheetOf(null)} of={{ amends: null, patient, visit: null, department }} />;
}
