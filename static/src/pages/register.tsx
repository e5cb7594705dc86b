/** Making an account: one question a page; what was answered stays in this tab until the account is made. */
import './door/door.css';

import { ArrowLeft } from 'lucide';
import { useEffect, useState } from 'preact/hooks';

import { after, type Answers, before, remembered, type Step } from '../door/registering.ts';
import { kept } from '../kept.ts';
import { t } from '../i18n.ts';
import { clockOffset } from '../live.ts';
import { go } from '../router.ts';
import { Icon } from '../ui/icon.tsx';
import { Heading, Page, TopBar } from '../ui/page.tsx';
import { Notice } from '../ui/parts.tsx';
import { me } from '../who.ts';
import { CheckStep, LoginStep, PasswordStep } from './register/account-steps.tsx';
import { CodeStep, ContactStep, FamilyStep, WaitingStep, WhereStep } from './register/contact-steps.tsx';
import { BirthStep, GuardianStep, LanguageStep, NameStep, SexStep } from './register/person-steps.tsx';

/** What every question gets. */
export interface StepProps {
  answers: Answers;
  thisYear: number;
  /** Keeps what is typed. */
  set: (change: Partial<Answers>) => void;
  /** Answered: on to the next question (or to `to`), with these answers. */
  next: (answers: Answers, to?: Step) => void;
  password: string;
  setPassword: (password: string) => void;
}

const PAGES: Record<Step, { question: () => string; body: preact.FunctionComponent<StepProps> }> = {
  where: { question: () => t('register-where'), body: WhereStep },
  contact: { question: () => t('register-contact'), body: ContactStep },
  code: { question: () => t('register-code'), body: CodeStep },
  family: { question: () => t('register-family'), body: FamilyStep },
  waiting: { question: () => t('register-waiting'), body: WaitingStep },
  name: { question: () => t('register-name'), body: NameStep },
  birth: { question: () => t('register-birth'), body: BirthStep },
  guardian: { question: () => t('register-guardian'), body: GuardianStep },
  sex: { question: () => t('register-sex'), body: SexStep },
  language: { question: () => t('register-language'), body: LanguageStep },
  login: { question: () => t('register-login'), body: LoginStep },
  password: { question: () => t('register-password'), body: PasswordStep },
  check: { question: () => t('register-check'), body: CheckStep },
};

function year(): number {
  return new Date(Date.now() + clockOffset.value).getFullYear();
}

/** The browser's own way back goes back a question, not out of the page. */
function useHistory(step: Step, show: (step: Step) => void): void {
  useEffect(() => {
    if (history.state?.step === undefined) history.replaceState({ step }, '');
    else if (history.state.step !== step) history.pushState({ step }, '');
  }, [step]);
  useEffect(() => {
    const back = (event: PopStateEvent): void => {
      if (typeof event.state?.step === 'string') show(event.state.step);
    };
    addEventListener('popstate', back);
    return () => removeEventListener('popstate', back);
  }, []);
}

export function RegisterPage() {
  const [answers, setAnswers] = useState<Answers>(() => remembered(kept.registering(), Date.now()));
  const [password, setPassword] = useState('');
  const thisYear = year();
  const keep = (next: Answers): void => {
    setAnswers(next);
    kept.setRegistering(JSON.stringify(next));
  };
  useHistory(answers.step, (step) => setAnswers((now) => ({ ...now, step })));
  if (me.value?.kind === 'person') return <AlreadyIn />;
  const { question, body: Body } = PAGES[answers.step];
  const back = before(answers.step, answers, thisYear);
  return (
    <>
      <TopBar />
      <main class="page narrow" key={answers.step}>
        {back !== null && <div><button type="button" class="back" onClick={() => keep({ ...answers, step: back })}><Icon of={ArrowLeft} />{t('back')}</button></div>}
        <Heading>{question()}</Heading>
        {back === null && <p class="quiet">{t('register-intro')}</p>}
        <Body
          answers={answers}
          thisYear={thisYear}
          password={password}
          setPassword={setPassword}
          set={(change) => keep({ ...answers, ...change })}
          next={(changed, to) => keep({ ...changed, step: to ?? after(answers.step, changed, thisYear) })}
        />
        {back === null && <p><a href="/login">{t('register-have-account')}</a></p>}
      </main>
    </>
  );
}

function AlreadyIn() {
  useEffect(() => {
    const timer = setTimeout(() => go('/'), 0);
    return () => clearTimeout(timer);
  }, []);
  return <Page heading={t('register-signed-in')} narrow><Notice><p>{t('register-signed-in-why')}</p><a class="button" href="/">{t('to-start')}</a></Notice></Page>;
}
