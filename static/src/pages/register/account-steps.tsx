/** Registration: user name, password, a look at all answers, and the account itself. */
import { useState } from 'preact/hooks';

import { Problem } from '../../api.ts';
import { languageName } from '../../door/languages.ts';
import { needsGuardian, registration, type Step } from '../../door/registering.ts';
import { doorServer } from '../../door/server.ts';
import { t } from '../../i18n.ts';
import { kept } from '../../kept.ts';
import { go } from '../../router.ts';
import { enter } from '../../sign-in.ts';
import { newPassword, SHORTEST } from '../../stretching.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { Notice } from '../../ui/parts.tsx';
import type { StepProps } from '../register.tsx';

export function LoginStep({ answers, set, next }: StepProps) {
  return (
    <form class="stack" onSubmit={(event) => { event.preventDefault(); next(answers); }}>
      <Field label={t('user-name')} hint={t('register-login-hint')} value={answers.login} onInput={(login) => set({ login })} autocomplete="username" required maxLength={64} />
      <Button kind="primary" submit wide>{t('continue')}</Button>
    </form>
  );
}

export function PasswordStep({ answers, password, setPassword, next }: StepProps) {
  const [short, setShort] = useState(false);
  const set = (): void => {
    const enough = [...password].length >= SHORTEST;
    setShort(!enough);
    if (enough) next(answers);
  };
  return (
    <form class="stack" noValidate onSubmit={(event) => { event.preventDefault(); set(); }}>
      <p>{t('register-password-why')}</p>
      <input class="unseen" type="text" name="username" autocomplete="username" value={answers.login} readOnly tabIndex={-1} aria-hidden="true" />
      <Field label={t('password')} hint={t('password-hint')} error={short ? t('problem-password-short') : null} type="password" value={password} onInput={setPassword} autocomplete="new-password" required maxLength={512} />
      <Button kind="primary" submit wide>{t('continue')}</Button>
    </form>
  );
}

/** The question to go back to when the server refuses an answer. */
const MENDS: Record<string, Step> = { login_taken: 'login', homograph: 'login', guardian_needed: 'guardian', code_spent: 'contact' };

export function CheckStep({ answers, thisYear, password, set, next }: StepProps) {
  const [mend, setMend] = useState<Step | null>(null);
  const task = useTask();
  const make = (): void =>
    task.run(async () => {
      const all = registration(answers, thisYear);
      if (all === null || password === '') return next(answers, all === null ? 'contact' : 'password');
      try {
        const { kdf, key, wrap } = await newPassword(password);
        const who = await doorServer.finishRegister({ ...all, kdf, key });
        kept.setRegistering(null);
        go('/', true);
        await enter(who, wrap);
      } catch (error) {
        setMend(error instanceof Problem ? (MENDS[error.code] ?? null) : null);
        throw error;
      }
    });
  const rows: [Step, string, string][] = [
    ['contact', t('contact'), answers.contact],
    ['name', t('name'), answers.name],
    ['birth', t('birth-year'), answers.year],
    ...(needsGuardian(answers, thisYear) ? [['guardian', t('guardian'), [answers.guardian.name, answers.guardian.relation].join(' · ')] satisfies [Step, string, string]] : []),
    ['sex', t('sex'), answers.sex === null ? '' : t(`sex-${answers.sex}`)],
    ['language', t('language'), languageName(answers.language)],
    ['login', t('user-name'), answers.login],
  ];
  return (
    <>
      {task.error !== null && (
        <Notice meaning="stop" alert>
          <p>{task.error}</p>
          {mend !== null && <Button onClick={() => set({ step: mend })}>{t('change')}</Button>}
        </Notice>
      )}
      <dl class="summary">
        {rows.map(([step, label, value]) => (
          <div key={step}>
            <dt>{label}</dt>
            <dd dir="auto">{value}</dd>
            <dd class="summary-do"><Button kind="quiet" name={t('change-what', { what: label })} disabled={task.busy} onClick={() => set({ step })}>{t('change')}</Button></dd>
          </div>
        ))}
      </dl>
      <p class="quiet">{t('register-check-why')}</p>
      <Button kind="primary" wide busy={task.busy} onClick={make}>{task.busy ? t('register-making') : t('register-make')}</Button>
    </>
  );
}
