/** Where the page starts: language, who is here, and the page their address asks for. */
import './ui/tokens.css';
import './ui/base.css';

import { effect, signal, untracked } from '@preact/signals';
import { type ComponentType, render } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { sentence } from './api.ts';
import { freshAsked } from './fresh.ts';
import { choose, type Language, locale, speak, t } from './i18n.ts';
import english from './i18n/en.ftl?raw';
import { keys } from './keys.ts';
import { kept } from './kept.ts';
import { line, live } from './live.ts';
import { inCall, watch } from './lock.ts';
import { LoginPage } from './pages/login.tsx';
import { path } from './router.ts';
import { withTexts } from './texts.ts';
import { Button } from './ui/button.tsx';
import { Notice, Skeleton } from './ui/parts.tsx';
import { Toasts } from './ui/toast.tsx';
import { config, door, lineEnded, load, me } from './who.ts';
import type { Role } from './wire.ts';

const LANGUAGES: readonly Language[] = [{ tag: 'en', name: 'English', load: () => Promise.resolve(english) }];

/** A page that is fetched when it is first needed. `over`: it lies over another, which stays. */
function lazy<P extends object>(fetchPage: () => Promise<ComponentType<P>>, over = false): ComponentType<P> {
  let page: ComponentType<P> | null = null;
  return function Lazy(props: P) {
    // Not the page itself: it is a function, and would be called as the way to a first state when it is shown again.
    const [, loaded] = useState(page !== null);
    const [failed, fail] = useState(false);
    useEffect(() => {
      if (page !== null) return;
      fetchPage().then((fetched) => {
        page = fetched;
        loaded(true);
      }, () => fail(true));
    }, []);
    if (failed) return <Unreachable text={t('problem-unreachable')} retry={() => location.reload()} />;
    const Found = page;
    if (Found !== null) return <Found {...props} />;
    return over ? null : <main class="page"><Skeleton /></main>;
  };
}

const Setup = lazy<{ code: string }>(async () => (await import('./pages/setup.tsx')).SetupPage);
const Guest = lazy<{ code: string }>(async () => (await import('./pages/guest.tsx')).GuestPage);
const Visit = lazy<{ visit: string }>(async () => (await import('./pages/visit.tsx')).VisitPage);
const Patient = lazy<object>(async () => (await import('./pages/patient.tsx')).PatientHome);
const Doctor = lazy<object>(async () => (await import('./pages/doctor.tsx')).DoctorHome);
const Desk = lazy<object>(async () => (await import('./pages/desk.tsx')).DeskHome);
const Admin = lazy<object>(async () => (await withTexts('audit', import('./pages/admin.tsx'))).AdminHome);
const Auditor = lazy<object>(async () => (await withTexts('audit', import('./pages/auditor.tsx'))).AuditorHome);
const Registration = lazy<object>(async () => (await import('./pages/registration.tsx')).RegistrationPage);
const Looked = lazy<object>(async () => (await withTexts('audit', import('./pages/looked.tsx'))).LookedPage);
const ApiDocs = lazy<object>(async () => (await import('./pages/docs.tsx')).DocsPage);
const Colleague = lazy<object>(async () => (await import('./pages/colleague.tsx')).ColleagueHome);
const Keys = lazy<object>(async () => (await import('./pages/keys.tsx')).KeysPage);
const Recovery = lazy<object>(async () => (await import('./pages/recovery.tsx')).RecoveryPage);
const Device = lazy<{ device: string; shown: string }>(async () => (await import('./pages/device.tsx')).DevicePage);
const Records = lazy<object>(async () => (await withTexts('records', withTexts('consent', import('./pages/records.tsx')))).RecordsPage);
const Record = lazy<{ record: string; ver: number | null }>(async () => (await withTexts('records', withTexts('consent', withTexts('audit', import('./pages/record.tsx'))))).RecordPage);
const AddRecord = lazy<object>(async () => (await withTexts('records', withTexts('consent', import('./pages/records/add-page.tsx')))).AddPage);
const Amend = lazy<{ record: string }>(async () => (await withTexts('records', withTexts('consent', import('./pages/records/amend.tsx')))).AmendPage);
const Patients = lazy<object>(async () => (await withTexts('records', import('./pages/patients.tsx'))).PatientsPage);
const PatientRecord = lazy<{ patient: string; adding: string | null }>(async () => (await withTexts('records', withTexts('consent', import('./pages/patient-record.tsx')))).PatientRecordPage);
const Consents = lazy<{ first: string | null; second: string | null }>(async () => (await withTexts('records', withTexts('consent', import('./pages/consents.tsx')))).ConsentsPage);
const Child = lazy<{ child: string; what: string | null }>(async () => (await withTexts('records', withTexts('consent', withTexts('family', import('./pages/children.tsx'))))).ChildPage);
const Guardians = lazy<{ child: string | null }>(async () => (await withTexts('family', import('./pages/guardians.tsx'))).GuardiansPage);
const Rights = lazy<object>(async () => (await withTexts('records', withTexts('consent', withTexts('rights', withTexts('audit', import('./pages/rights.tsx')))))).RightsPage);
const Register = lazy<object>(async () => (await import('./pages/register.tsx')).RegisterPage);
const Reset = lazy<object>(async () => (await import('./pages/reset.tsx')).ResetPage);
const Invited = lazy<{ code: string }>(async () => (await import('./pages/invite.tsx')).InvitePage);
const Account = lazy<object>(async () => (await import('./pages/account.tsx')).AccountPage);
const Messages = lazy<object>(async () => (await import('./pages/messages.tsx')).MessagesPage);
const SecondStep = lazy<object>(async () => (await import('./pages/door/second-step.tsx')).SecondStepPage);
const Enrol = lazy<object>(async () => (await import('./pages/door/enrol.tsx')).EnrolPage);
const lockedPage = async () => (await import('./pages/door/locked.tsx')).LockedPage;
const Locked = lazy<object>(lockedPage);
const Fresh = lazy<object>(async () => (await import('./pages/door/fresh.tsx')).FreshDialog, true);
const Verify = lazy<object>(async () => (await withTexts('ledger', import('./pages/ledger/verify.tsx'))).VerifyPage);
const Lost = lazy<object>(async () => (await import('./pages/lost.tsx')).LostPage);

const failure = signal<string | null>(null);

function Unreachable({ text, retry }: { text: string; retry: () => void }) {
  return (
    <main class="page narrow">
      <h1>{t('unreachable-title')}</h1>
      <Notice meaning="stop" alert>{text}</Notice>
      <Button kind="primary" onClick={retry}>{t('try-again')}</Button>
    </main>
  );
}

function Home() {
  const who = me.value;
  if (who === null || who === undefined) return <LoginPage />;
  if (who.kind === 'guest') return <Visit visit={who.visit} />;
  switch (who.role) {
    case 'patient': return <Patient />;
    case 'doctor': return <Doctor />;
    case 'desk': return <Desk />;
    case 'admin': return <Admin />;
    case 'auditor': return <Auditor />;
    case 'pharmacist':
    case 'researcher': return <Colleague />;
  }
}

/** Whether somebody in this role is signed in. */
function is(role: Role): boolean {
  return me.value?.kind === 'person' && me.value.role === role;
}

/** Pages for somebody who is signed in. */
function Own() {
  const [, first, second, third] = path.value.split('/');
  if (first === 'keys') return <Keys />;
  if (first === 'recovery') return <Recovery />;
  if (first === 'device' && second && third) return <Device key={second} device={second} shown={third} />;
  if (first === 'records' && second === 'add' && is('patient')) return <AddRecord />;
  if (first === 'records' && second && third === 'amend') return <Amend key={second} record={second} />;
  if (first === 'records' && second) return <Record key={second + third} record={second} ver={Number(third) || null} />;
  if (first === 'patients' && is('doctor')) return second ? <PatientRecord key={second} patient={second} adding={third || null} /> : <Patients />;
  if (first === 'records') return <Records />;
  if (first === 'consents' && (is('patient') || is('doctor'))) return <Consents key={`${second} ${third}`} first={second || null} second={third || null} />;
  if (first === 'children' && second && is('patient')) return <Child key={`${second} ${third}`} child={second} what={third || null} />;
  if (first === 'guardians' && (is('desk') || is('admin'))) return <Guardians key={second} child={second || null} />;
  if (first === 'rights' && is('patient')) return <Rights />;
  if (first === 'looked') return <Looked />;
  if (first === 'registration' && is('doctor')) return <Registration />;
  if (first === 'admin' && is('admin')) return <Admin />;
  if (first === 'account') return <Account />;
  return <Lost />;
}

const OWN = new Set(['keys', 'recovery', 'device', 'records', 'patients', 'consents', 'children', 'guardians', 'rights', 'looked', 'registration', 'admin', 'account']);
/** Pages that show what was sealed: while the page is locked they are not there at all, unless there is a call in them. */
const OPENED = new Set(['visit', 'records', 'patients', 'consents', 'children', 'rights', 'recovery']);

function Route() {
  const [, first, second] = path.value.split('/');
  const at = door.value?.kind;
  if (first === 'messages') return <Messages />;
  if (at === 'second_factor') return <SecondStep />;
  if (at === 'enrol') return <Enrol />;
  if (at === 'locked' && (me.value === null || (first !== undefined && OPENED.has(first) && !inCall()))) return null;
  if (first === 'register') return <Register />;
  if (first === 'reset') return <Reset />;
  if (first === 'invite' && second) return <Invited key={second} code={second} />;
  if (first === 'setup' && second) return <Setup key={second} code={second} />;
  if (first === 'g' && second) return <Guest key={second} code={second} />;
  if (first === 'api' && second === 'docs') return <ApiDocs />;
  if (first === 'verify') return <Verify />;
  if (first === 'visit' && second) return me.value === null ? <LoginPage /> : <Visit key={second} visit={second} />;
  if (first === '' || first === undefined || first === 'login') return <Home />;
  if (first !== undefined && OWN.has(first)) return me.value?.kind === 'person' ? <Own /> : <LoginPage />;
  return <Lost />;
}

function App() {
  if (line.value === 'old') return <Unreachable text={t('old-page')} retry={() => location.reload()} />;
  if (failure.value !== null) return <Unreachable text={failure.value} retry={() => void start()} />;
  if (config.value === null || me.value === undefined) return <main class="page"><Skeleton /></main>;
  const locked = door.value?.kind === 'locked';
  return (
    <>
      <div class="beneath" inert={locked}>
        <Route />
        {freshAsked.value !== null && <Fresh />}
        <Toasts />
      </div>
      {locked && <Locked />}
    </>
  );
}

async function start(): Promise<void> {
  failure.value = null;
  try {
    await load();
  } catch (error) {
    failure.value = sentence(error);
  }
}

function whenIdle(work: () => void): void {
  if ('requestIdleCallback' in window) requestIdleCallback(work);
  else setTimeout(work, 1_000);
}

effect(() => {
  if (line.value === 'signed_out') void lineEnded();
});
effect(() => {
  const who = me.value;
  if (!who || door.value !== null) return;
  live.open();
  untracked(() => keys.entered(who, null));
});
/** Fetches the call's code while nobody waits for it, so that joining takes no download. */
effect(() => {
  if (me.value?.kind !== 'person' || (me.value.role !== 'patient' && me.value.role !== 'doctor')) return;
  whenIdle(() => void import('./pages/visit.tsx').catch(() => undefined));
});
/** What stands around every page of somebody who is signed in is fetched while nobody waits. */
effect(() => {
  if (me.value?.kind === 'person') whenIdle(() => void import('./pages/around.ts').then(({ around }) => around()).catch(() => undefined));
});
/** Seals what was left over from visits that ended while nobody's browser was there. */
effect(() => {
  if (keys.state.value.kind !== 'ready') return;
  whenIdle(() => void import('./sealing.ts').then(({ catchUp }) => catchUp()).catch(() => undefined));
});
/** The lock must be able to close a page that has lost its line. */
effect(() => {
  if (me.value?.kind === 'person') whenIdle(() => void lockedPage().catch(() => undefined));
});
effect(() => {
  document.documentElement.lang = locale.value;
});
watch();

const language = choose(LANGUAGES, kept.language(), navigator.languages);
speak(language.tag, await language.load());
const app = document.getElementById('app');
if (app !== null) render(<App />, app);
await start();
