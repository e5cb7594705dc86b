/** Registration: which clinic, which phone or mailbox, the code that came there, and whom it belongs to already. */
import { useEffect, useState } from 'preact/hooks';

import { Problem } from '../../api.ts';
import { withChecked, withClaim, withSent } from '../../door/registering.ts';
import { doorServer, type OrganisationCard } from '../../door/server.ts';
import { contactOf } from '../../door/typed.ts';
import { locale, t } from '../../i18n.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { Empty, Notice, Skeleton } from '../../ui/parts.tsx';
import { config } from '../../who.ts';
import { Choices } from '../door/choices.tsx';
import { CodeForm, SendAgain } from '../door/code-form.tsx';
import type { StepProps } from '../register.tsx';

export function WhereStep({ answers, next }: StepProps) {
  const [found, setFound] = useState<OrganisationCard[] | null>(null);
  const [chosen, choose] = useState(answers.organisation?.id ?? null);
  const task = useTask();
  const load = (): void =>
    task.run(async () => {
      const all = await doorServer.organisations();
      setFound(all);
      const [only] = all;
      // With one clinic there is nothing to ask.
      if (only !== undefined && all.length === 1 && answers.organisation === null) next({ ...answers, organisation: only });
    });
  useEffect(load, []);
  if (task.error !== null) return <Notice meaning="stop" alert><p>{task.error}</p><Button onClick={load}>{t('try-again')}</Button></Notice>;
  if (found === null) return <Skeleton />;
  if (found.length === 0) return <Empty title={t('register-nowhere')}><p>{t('register-nowhere-hint')}</p></Empty>;
  const organisation = found.find((one) => one.id === chosen) ?? null;
  return (
    <form class="stack" onSubmit={(event) => { event.preventDefault(); if (organisation !== null) next({ ...answers, organisation }); }}>
      <Choices
        legend={t('register-where')}
        hidden
        value={chosen}
        onChange={choose}
        options={found.map((one) => ({ value: one.id, label: one.name, ...(one.address === null ? {} : { hint: one.address }) }))}
      />
      <Button kind="primary" submit wide>{t('continue')}</Button>
    </form>
  );
}

export function ContactStep({ answers, set, next }: StepProps) {
  const task = useTask();
  const send = (): void =>
    task.run(async () => {
      const contact = contactOf(answers.contact);
      if (contact === null) throw new Problem('bad_field', 0, t('contact-shape'));
      if (answers.organisation === null) return next(answers, 'where');
      const sent = await doorServer.startRegister(contact, locale.value, answers.organisation.id);
      next(withSent(answers, contact, sent));
    });
  return (
    <form class="stack" noValidate onSubmit={(event) => { event.preventDefault(); send(); }}>
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      <Field label={t('contact')} hint={t('contact-how')} value={answers.contact} onInput={(contact) => set({ contact })} autocomplete="tel" exact required maxLength={254} />
      <p class="quiet">{t('contact-why')}</p>
      <Button kind="primary" submit wide busy={task.busy}>{task.busy ? t('sending') : t('code-send')}</Button>
    </form>
  );
}

export function CodeStep({ answers, set, next }: StepProps) {
  const { sent, contact } = answers;
  if (sent === null) return <Notice meaning="wait"><p>{t('code-none')}</p><Button onClick={() => set({ step: 'contact' })}>{t('register-contact')}</Button></Notice>;
  const check = async (code: string): Promise<void> => next(withChecked(answers, code, await doorServer.checkRegister(sent.id, code)));
  return (
    <>
      <p>{t('code-sent-to', { contact })}</p>
      <CodeForm label={t('code')} hint={t('code-hint')} submit={t('continue')} send={check} />
      <SendAgain sent={sent} again={(again) => set({ sent: again })} />
      {config.value?.messages === true && <p><a href="/messages" target="_blank" rel="noopener">{t('messages-open')}</a></p>}
    </>
  );
}

export function FamilyStep({ answers, next }: StepProps) {
  return (
    <>
      <p>{t('register-family-why', { count: answers.checked?.logins_taken ?? 0 })}</p>
      <div class="stack">
        <Button kind="primary" wide onClick={() => next(answers)}>{t('register-family-new')}</Button>
        <a class="button wide" href="/login">{t('register-family-sign-in')}</a>
        <a class="button quiet wide" href="/reset">{t('reset-link')}</a>
      </div>
    </>
  );
}

/** What stands for "none of them" among the choices. */
const NONE = 'none';

export function WaitingStep({ answers, next }: StepProps) {
  const [chosen, choose] = useState<string | null>(answers.claim);
  const waiting = answers.checked?.waiting ?? [];
  const options = [
    ...waiting.map((one) => ({ value: one.person, label: one.name, hint: t('register-waiting-visits', { count: one.visits }) })),
    { value: NONE, label: t('register-waiting-none') },
  ];
  return (
    <form class="stack" onSubmit={(event) => { event.preventDefault(); if (chosen !== null) next(withClaim(answers, chosen === NONE ? null : chosen)); }}>
      <p>{t('register-waiting-why')}</p>
      <Choices legend={t('register-waiting')} hidden value={chosen} onChange={choose} options={options} />
      <Button kind="primary" submit wide>{t('continue')}</Button>
    </form>
  );
}
