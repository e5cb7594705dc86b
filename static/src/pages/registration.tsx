/** A doctor's own registration: giving or correcting it, the papers, and how it stands. */
import './admin/admin.css';

import { useState } from 'preact/hooks';

import { type Credential, credentials, type CredentialFields } from '../credentials.ts';
import { t } from '../i18n.ts';
import { Show, useLoaded } from '../loaded.tsx';
import { useTask } from '../task.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { Page } from '../ui/page.tsx';
import { Card, Notice } from '../ui/parts.tsx';
import { Sure } from '../ui/sure.tsx';
import { toast } from '../ui/toast.tsx';
import { Papers } from './registration/papers.tsx';
import { StandingNotice } from './registration/standing.tsx';

export function RegistrationPage() {
  const own = useLoaded(async () => ({ credential: await credentials.own() }));
  return (
    <Page heading={t('registration-title')} narrow>
      <p>{t('registration-why')}</p>
      <Show of={own} rows={5}>{({ credential }) => <Registration credential={credential} changed={(one) => own.set({ credential: one })} />}</Show>
      <div><a class="button" href="/">{t('to-start')}</a></div>
    </Page>
  );
}

function Registration({ credential, changed }: { credential: Credential | null; changed: (one: Credential) => void }) {
  return (
    <>
      <StandingNotice credential={credential} />
      <Details key={credential?.id ?? ''} credential={credential} changed={changed} />
      {credential !== null && <Papers credential={credential} changed={changed} />}
    </>
  );
}

/** Registrations last to the end of their last day, in ms from its start. */
const LAST_MOMENT_MS = 86_400_000 - 1;

/** A day as an input has it, and back: registrations end with a day, whatever the hour. */
export function dayOf(at: number | null): string {
  return at === null ? '' : new Date(at).toISOString().slice(0, 10);
}

function Details({ credential, changed }: { credential: Credential | null; changed: (one: Credential) => void }) {
  const [draft, setDraft] = useState({
    qualification: credential?.qualification ?? '',
    council: credential?.council ?? '',
    number: credential?.number ?? '',
    specialty: credential?.specialty ?? '',
    until: dayOf(credential?.valid_until ?? null),
  });
  const task = useTask();
  const put = (part: Partial<typeof draft>): void => setDraft({ ...draft, ...part });
  const send = (): void =>
    task.run(async () => {
      const fields: CredentialFields = {
        qualification: draft.qualification.trim(),
        council: draft.council.trim(),
        number: draft.number.trim(),
        specialty: draft.specialty.trim(),
        valid_until: Date.parse(draft.until) + LAST_MOMENT_MS,
      };
      changed(await credentials.submit(fields));
      toast(t('registration-sent'));
    });
  // What is in force stops being so when it is corrected, so that is asked twice.
  const inForce = credential !== null && credential.state !== 'submitted' && credential.state !== 'refused';
  return (
    <Card>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); if (!inForce) send(); }}>
        <h2>{credential === null ? t('registration-give') : t('registration-correct')}</h2>
        <Field label={t('qualification')} hint={t('qualification-hint')} value={draft.qualification} onInput={(qualification) => put({ qualification })} required maxLength={100} />
        <Field label={t('council')} hint={t('council-hint')} value={draft.council} onInput={(council) => put({ council })} required maxLength={100} />
        <Field label={t('registration-number')} value={draft.number} onInput={(number) => put({ number })} required maxLength={40} exact />
        <Field label={t('specialty')} hint={t('specialty-hint')} value={draft.specialty} onInput={(specialty) => put({ specialty })} required maxLength={100} />
        <Field label={t('valid-until')} hint={t('valid-until-hint')} type="date" value={draft.until} onInput={(until) => put({ until })} required />
        {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
        {inForce
          ? <div><Sure label={t('registration-correct-do')} yes={t('registration-correct-yes')} kind="primary" busy={task.busy} onYes={send}>{t('registration-correct-sure')}</Sure></div>
          : <Button kind="primary" submit busy={task.busy}>{t('registration-send')}</Button>}
      </form>
    </Card>
  );
}
