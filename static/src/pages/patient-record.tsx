/** The record of one patient, for a doctor who treats them: what is there, and adding to it; and for one whom they share some with. */
import './records/records.css';

import { FilePlus, FlaskConical, type IconNode, Mail, NotebookPen } from 'lucide';
import { useEffect, useState } from 'preact/hooks';

import { type Consent, consents } from '../consents.ts';
import { useEnded } from '../consents/ended.ts';
import { isLive } from '../consents/lists.ts';
import { t } from '../i18n.ts';
import { clockOffset } from '../live.ts';
import { Show, useLoaded } from '../loaded.tsx';
import { recordServer } from '../records/server.ts';
import { Icon } from '../ui/icon.tsx';
import { Page } from '../ui/page.tsx';
import { Notice, Skeleton } from '../ui/parts.tsx';
import { me } from '../who.ts';
import { AskLink } from './consents/ask-link.tsx';
import { GrantNote } from './consents/grant-note.tsx';
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
  const treated = patients.value?.find((one) => one.id === patient);
  const grants = useGrants(patients.value !== null && treated === undefined ? patient : null);
  const [first] = grants ?? [];
  const what = treated === undefined ? null : (ADDED.find((one) => one.what === adding)?.what ?? null);
  const name = treated?.name ?? first?.patient ?? '';
  const heading = name === '' ? t('patient') : what === null ? t('records-of', { name }) : t(`add-${what}-for`, { name });
  return (
    <Page key={`${what} ${name}`} heading={heading}>
      <KeyNotice />
      <Show of={patients}>
        {() => (treated === undefined
          ? <Shared patient={patient} grants={grants} />
          : what === null ? <Whole patient={patient} name={name} /> : <Adding what={what} patient={patient} />)}
      </Show>
      <div>{what === null ? <a class="button" href="/patients">{t('patients-back')}</a> : <a class="button" href={`/patients/${patient}`}>{t('records-of', { name })}</a>}</div>
    </Page>
  );
}

/** The live grants by which whoever is here sees records of a patient they don't treat; null before that is known. */
function useGrants(patient: string | null): readonly Consent[] | null {
  const [grants, found] = useState<readonly Consent[] | null>(null);
  const ended = useEnded(patient);
  useEffect(() => {
    const who = me.peek();
    if (patient === null || who?.kind !== 'person') return;
    found(null); // hidden first, and asked afterwards
    const now = Date.now() + clockOffset.peek();
    const mine = (one: Consent): boolean => one.patient_id === patient && one.grantee?.id === who.id && one.subject === 'share' && isLive(one, now);
    consents.list().then((all) => found(all.filter(mine)), () => found([]));
  }, [patient, ended.times]);
  return grants;
}

/** What a patient shares with somebody who has no visit with them: those records, and nothing to add. */
function Shared({ patient, grants }: { patient: string; grants: readonly Consent[] | null }) {
  if (grants === null) return <Skeleton rows={4} />;
  const [first] = grants;
  if (first === undefined) return <><Notice meaning="stop" alert><p>{t('patients-not')}</p></Notice><AskLink patient={patient} /></>;
  return (
    <>
      <GrantNote grants={grants} />
      <AskLink patient={patient} />
      <Timeline patient={patient} again={grants.length} empty={t('patients-shared-none')} />
    </>
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
