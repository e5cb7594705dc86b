/** A visit for somebody who has no account, only a phone: made now or for later, then the link is sent. */
import { useState } from 'preact/hooks';

import { api, type PhonePatient } from '../../api.ts';
import { t } from '../../i18n.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { Notice } from '../../ui/parts.tsx';
import type { VisitView } from '../../wire.ts';
import { LanguageField, plainPhone } from './send.tsx';

/** The farthest ahead a visit can be made, in days. */
const MOST_DAYS = 90;

interface PhoneVisitProps {
  /** Whom it is with; null for the doctor who makes it. */
  doctor: string | null;
  /** What else must be chosen before it can be made. */
  ready: boolean;
  made: (visit: VisitView, patient: PhonePatient) => void;
  children?: preact.ComponentChildren;
}

export function PhoneVisit({ doctor, ready, made, children }: PhoneVisitProps) {
  const [name, setName] = useState('');
  const [phone, setPhone] = useState('');
  const [language, setLanguage] = useState('en');
  const [at, setAt] = useState('');
  const task = useTask();
  const make = (): void =>
    task.run(async () => {
      const patient = { name: name.trim(), phone: plainPhone(phone), language };
      made(await api.makeVisit({ patient, ...(doctor === null ? {} : { doctor }), ...(at === '' ? {} : { at: new Date(at).getTime() }) }), patient);
    });
  return (
    <form class="stack" onSubmit={(event) => { event.preventDefault(); make(); }}>
      <p class="hint">{t('phone-visit-why')}</p>
      <Field label={t('patient-name')} value={name} onInput={setName} required maxLength={100} />
      <Field label={t('phone')} hint={t('phone-hint')} type="tel" value={phone} onInput={setPhone} required maxLength={30} />
      <LanguageField language={language} choose={setLanguage} />
      {children}
      <TimeField at={at} choose={setAt} />
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      <Button kind="primary" submit disabled={!ready} busy={task.busy}>{t('phone-visit-make')}</Button>
    </form>
  );
}

/** When a visit is meant to begin; nothing for now. */
export function TimeField({ at, choose }: { at: string; choose: (at: string) => void }) {
  return (
    <Field
      label={t('visit-at')} hint={t('visit-at-hint')} type="datetime-local" value={at} onInput={choose}
      min={local(Date.now())} max={local(Date.now() + MOST_DAYS * 86_400_000)}
    />
  );
}

/** A moment as an input has it, on this device's clock. */
function local(at: number): string {
  const moved = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return moved.toISOString().slice(0, 16);
}
