/** The patients whom a doctor treats: found by name, each with their record. */
import './records/records.css';

import { useState } from 'preact/hooks';

import { t } from '../i18n.ts';
import { clockOffset } from '../live.ts';
import { Show, useLoaded } from '../loaded.tsx';
import { recordServer, type TreatedPatient } from '../records/server.ts';
import { Field } from '../ui/field.tsx';
import { Page } from '../ui/page.tsx';
import { Empty } from '../ui/parts.tsx';
import { when } from '../when.ts';

/** From how many patients on there is a search. */
const MANY = 8;

export function PatientsPage() {
  const patients = useLoaded(recordServer.patients);
  const [typed, type] = useState('');
  return (
    <Page heading={t('patients-title')}>
      <p>{t('patients-why')}</p>
      <Show of={patients}>
        {(all) => (
          <>
            {all.length === 0 && <Empty title={t('patients-empty')}><p>{t('patients-empty-hint')}</p></Empty>}
            {all.length >= MANY && <Field label={t('patients-search')} type="search" value={typed} onInput={type} />}
            <Found all={all} typed={typed} />
          </>
        )}
      </Show>
      <div><a class="button" href="/records">{t('records-back')}</a></div>
    </Page>
  );
}

function Found({ all, typed }: { all: readonly TreatedPatient[]; typed: string }) {
  const words = typed.toLocaleLowerCase().split(/\s+/);
  const found = all.filter((one) => words.every((word) => one.name.toLocaleLowerCase().includes(word)));
  const now = Date.now() + clockOffset.value;
  if (all.length > 0 && found.length === 0) return <Empty title={t('patients-none')} />;
  return (
    <ul class="rows">
      {found.map((one) => (
        <li key={one.id} class="row">
          <div class="row-main">
            <strong dir="auto">{one.name}</strong>
            <span class="quiet">{[one.birth_year === null ? null : t('patients-born', { year: String(one.birth_year) }), t('patients-last', { time: when(one.last_visit, now) })].filter(Boolean).join(' · ')}</span>
          </div>
          <a class="button quiet" href={`/patients/${one.id}`} aria-label={t('patients-open-name', { name: one.name })}>{t('patients-open')}</a>
        </li>
      ))}
    </ul>
  );
}
