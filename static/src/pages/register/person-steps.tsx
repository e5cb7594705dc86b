/** Registration: who the account is for. */
import { useState } from 'preact/hooks';

import { doorLanguages } from '../../door/languages.ts';
import { SEXES } from '../../door/server.ts';
import { yearOf } from '../../door/typed.ts';
import { t } from '../../i18n.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { Choices } from '../door/choices.tsx';
import type { StepProps } from '../register.tsx';

export function NameStep({ answers, set, next }: StepProps) {
  return (
    <form class="stack" onSubmit={(event) => { event.preventDefault(); next(answers); }}>
      <Field label={t('name')} hint={t('register-name-hint')} value={answers.name} onInput={(name) => set({ name })} autocomplete="name" required maxLength={100} />
      <Button kind="primary" submit wide>{t('continue')}</Button>
    </form>
  );
}

export function BirthStep({ answers, thisYear, set, next }: StepProps) {
  const [wrong, setWrong] = useState(false);
  const go = (): void => {
    const right = yearOf(answers.year, thisYear) !== null;
    setWrong(!right);
    if (right) next(answers);
  };
  return (
    <form class="stack" noValidate onSubmit={(event) => { event.preventDefault(); go(); }}>
      <Field label={t('birth-year')} hint={t('birth-year-hint')} error={wrong ? t('birth-year-shape') : null} value={answers.year} onInput={(year) => set({ year })} inputMode="numeric" autocomplete="bday-year" required maxLength={4} />
      <Button kind="primary" submit wide>{t('continue')}</Button>
    </form>
  );
}

export function GuardianStep({ answers, set, next }: StepProps) {
  const { guardian } = answers;
  return (
    <form class="stack" onSubmit={(event) => { event.preventDefault(); next(answers); }}>
      <p>{t('register-guardian-why')}</p>
      <Field label={t('guardian-name')} value={guardian.name} onInput={(name) => set({ guardian: { ...guardian, name } })} required maxLength={100} />
      <Field label={t('guardian-relation')} hint={t('guardian-relation-hint')} value={guardian.relation} onInput={(relation) => set({ guardian: { ...guardian, relation } })} required maxLength={60} />
      <Button kind="primary" submit wide>{t('continue')}</Button>
    </form>
  );
}

export function SexStep({ answers, set, next }: StepProps) {
  return (
    <form class="stack" onSubmit={(event) => { event.preventDefault(); if (answers.sex !== null) next(answers); }}>
      <p class="quiet">{t('register-sex-why')}</p>
      <Choices
        legend={t('register-sex')}
        hidden
        value={answers.sex}
        onChange={(value) => set({ sex: SEXES.find((one) => one === value) ?? null })}
        options={SEXES.map((word) => ({ value: word, label: t(`sex-${word}`) }))}
      />
      <Button kind="primary" submit wide>{t('continue')}</Button>
    </form>
  );
}

export function LanguageStep({ answers, set, next }: StepProps) {
  const languages = doorLanguages(answers.organisation?.languages ?? []);
  const chosen = answers.language || null;
  return (
    <form class="stack" onSubmit={(event) => { event.preventDefault(); if (chosen !== null) next(answers); }}>
      <p class="quiet">{t('register-language-why')}</p>
      <Choices legend={t('register-language')} hidden value={chosen} onChange={(language) => set({ language })} options={languages} />
      <Button kind="primary" submit wide>{t('continue')}</Button>
    </form>
  );
}
