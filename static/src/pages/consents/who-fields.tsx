/** Choosing people: the patient who is asked, and a doctor for whom. */
import { useState } from 'preact/hooks';

import type { Person } from '../../api.ts';
import { t } from '../../i18n.ts';
import { Choose, Field } from '../../ui/field.tsx';
import { Empty } from '../../ui/parts.tsx';

/** Somebody who can be chosen. */
export interface Someone {
  id: string;
  name: string;
}

/** Patients shown at a time. */
const SHOWN = 20;

export function PickPatient({ all, pick }: { all: readonly Someone[]; pick: (one: Someone) => void }) {
  const [typed, type] = useState('');
  const words = typed.toLocaleLowerCase().split(/\s+/);
  const found = all.filter((one) => words.every((word) => one.name.toLocaleLowerCase().includes(word)));
  return (
    <>
      <Field label={t('find-patient')} type="search" value={typed} onInput={type} />
      {found.length === 0 && <Empty title={t('nobody-found')} />}
      <ul class="rows">
        {found.slice(0, SHOWN).map((one) => (
          <li key={one.id} class="row">
            <div class="row-main"><strong dir="auto">{one.name}</strong></div>
            <button type="button" class="button quiet" aria-label={t('ask-choose-name', { name: one.name })} onClick={() => pick(one)}>{t('ask-choose')}</button>
          </li>
        ))}
      </ul>
      {found.length > SHOWN && <p class="hint">{t('ask-more-found', { count: found.length - SHOWN })}</p>}
    </>
  );
}

/** `own`: the doctor here can be chosen, under their own words. */
export function DoctorField({ doctors, value, own, change }: { doctors: readonly Person[]; value: string; own: boolean; change: (id: string) => void }) {
  const options = doctors.map((one) => ({ value: one.id, label: [one.name, one.department].filter(Boolean).join(', ') }));
  return <Choose label={t(own ? 'ask-for' : 'delegate-to')} value={value} onChange={change} options={[{ value: '', label: t(own ? 'ask-for-me' : 'delegate-choose') }, ...options]} />;
}
