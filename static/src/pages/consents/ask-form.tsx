/** Asking a patient to be shown records: which, for how long, why, and for whom; said beforehand as the patient will read it. */
import './consents.css';

import { useState } from 'preact/hooks';

import { api, type Person } from '../../api.ts';
import { consents, PURPOSES, type Purpose, type Why, WHYS } from '../../consents.ts';
import { askSentence, purposeWord, span, whyWord } from '../../consents/words.ts';
import { t } from '../../i18n.ts';
import { Show, useLoaded } from '../../loaded.tsx';
import { recordServer } from '../../records/server.ts';
import { go } from '../../router.ts';
import type { RecordKind } from '../../seal/kinds.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Choose } from '../../ui/field.tsx';
import { Page } from '../../ui/page.tsx';
import { Card, Notice } from '../../ui/parts.tsx';
import { toast } from '../../ui/toast.tsx';
import { me } from '../../who.ts';
import { KindFields } from './kinds.tsx';
import { DoctorField, PickPatient, type Someone } from './who-fields.tsx';

/** How long can be asked for, in minutes. */
const SPANS = [60, 4 * 60, 24 * 60, 3 * 1_440, 7 * 1_440, 30 * 1_440, 90 * 1_440] as const;
const USUAL_SPAN = 24 * 60;

export interface People {
  patients: Someone[];
  doctors: Person[];
}

/** Everybody who can be asked, and for whom: the patients of one's visits who have only a phone are in no other list. */
export async function loadPeople(): Promise<People> {
  const [all, treated, doctors] = await Promise.all([api.people('patient'), recordServer.patients(), api.people('doctor')]);
  const who = me.peek();
  const known = new Map([...all, ...treated].map(({ id, name }) => [id, { id, name }] as const));
  const patients = [...known.values()].sort((one, other) => one.name.localeCompare(other.name));
  return { patients, doctors: doctors.filter((one) => who?.kind !== 'person' || one.id !== who.id) };
}

export function AskPage({ patient }: { patient: string | null }) {
  const people = useLoaded(loadPeople);
  return (
    <Page heading={t('ask-title')}>
      <Show of={people}>{(found) => <Asking people={found} patient={patient} />}</Show>
      <div><a class="button" href="/consents">{t('consents-back')}</a></div>
    </Page>
  );
}

function Asking({ people, patient }: { people: People; patient: string | null }) {
  const [chosen, pick] = useState<Someone | null>(people.patients.find((one) => one.id === patient) ?? null);
  if (chosen === null) return <><p>{t('ask-whom')}</p><PickPatient all={people.patients} pick={pick} /></>;
  return <AskForm key={chosen.id} patient={chosen} doctors={people.doctors} other={() => pick(null)} />;
}

interface Wish {
  kinds: RecordKind[];
  department: string;
  minutes: number;
  purpose: Purpose;
  why: Why;
  grantee: string;
}

const START: Wish = { kinds: [], department: '', minutes: USUAL_SPAN, purpose: 'treatment', why: 'new_problem', grantee: '' };

function AskForm({ patient, doctors, other }: { patient: Someone; doctors: readonly Person[]; other: () => void }) {
  const [wish, put] = useState(START);
  const task = useTask();
  const change = (part: Partial<Wish>): void => put({ ...wish, ...part });
  const places = placesOf(doctors);
  const send = (): void => task.run(async () => {
    const { kinds, department, minutes, purpose, why, grantee } = wish;
    const more = { ...(department !== '' && { departments: [department] }), ...(grantee !== '' && { grantee }) };
    await consents.ask({ patient: patient.id, subject: 'share', purpose, kinds, minutes, why, ...more });
    toast(t('ask-sent', { name: patient.name }));
    go('/consents');
  });
  return (
    <form class="stack consent-form" onSubmit={(event) => { event.preventDefault(); send(); }}>
      <div class="actions"><p class="card-title" dir="auto">{patient.name}</p><Button kind="quiet" onClick={other}>{t('ask-other')}</Button></div>
      <KindFields chosen={wish.kinds} choose={(kinds) => change({ kinds })} />
      {places.length > 0 && <Choose label={t('ask-places')} value={wish.department} onChange={(department) => change({ department })} options={[{ value: '', label: t('ask-all-places') }, ...places.map((one) => ({ value: one, label: one }))]} />}
      <Choose label={t('ask-span')} hint={t('ask-span-hint')} value={String(wish.minutes)} onChange={(minutes) => change({ minutes: Number(minutes) })} options={SPANS.map((one) => ({ value: String(one), label: span(one) }))} />
      <Choose label={t('ask-purpose')} value={wish.purpose} onChange={(word) => change({ purpose: PURPOSES.find((one) => one === word) ?? 'treatment' })} options={PURPOSES.map((one) => ({ value: one, label: purposeWord(one) }))} />
      <Choose label={t('ask-why')} value={wish.why} onChange={(word) => change({ why: WHYS.find((one) => one === word) ?? 'other' })} options={WHYS.map((one) => ({ value: one, label: whyWord(one) }))} />
      <DoctorField doctors={doctors} value={wish.grantee} own change={(grantee) => change({ grantee })} />
      <AsRead wish={wish} doctors={doctors} />
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      <Button kind="primary" submit wide busy={task.busy} disabled={wish.kinds.length === 0}>{t('ask-send')}</Button>
      {wish.kinds.length === 0 && <p class="hint">{t('ask-lack')}</p>}
    </form>
  );
}

/** The sentence that the patient will read. */
function AsRead({ wish, doctors }: { wish: Wish; doctors: readonly Person[] }) {
  const who = me.value;
  if (wish.kinds.length === 0 || who?.kind !== 'person') return null;
  const other = doctors.find((one) => one.id === wish.grantee);
  const name = [other?.name ?? who.name, other === undefined ? who.department : other.department].filter(Boolean).join(', ');
  return (
    <Card>
      <p class="quiet">{t('ask-as-read')}</p>
      <p dir="auto">{askSentence(name, { kinds: wish.kinds, departments: wish.department === '' ? null : [wish.department], minutes: wish.minutes })}</p>
    </Card>
  );
}

/** The departments of the house, as far as its doctors say. */
function placesOf(doctors: readonly Person[]): string[] {
  const who = me.peek();
  const own = who?.kind === 'person' ? who.department : null;
  return [...new Set([own, ...doctors.map((one) => one.department)])].filter((one): one is string => one !== null && one !== '').sort();
}
