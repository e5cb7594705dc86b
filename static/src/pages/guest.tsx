/** Where a link leads: names the clinic, the doctor and the time, and changes nothing until somebody joins. */
import './guest/guest.css';

import { useEffect, useState } from 'preact/hooks';

import { Problem, sentence } from '../api.ts';
import { t } from '../i18n.ts';
import { advice } from '../in-app.ts';
import { type Invitation, links } from '../links.ts';
import { go, visitPath } from '../router.ts';
import { Button } from '../ui/button.tsx';
import { Page } from '../ui/page.tsx';
import { Notice, Skeleton } from '../ui/parts.tsx';
import { DoctorLine } from './doctor-line.tsx';
import { Elsewhere } from './guest/elsewhere.tsx';
import { Hello } from './guest/hello.tsx';
import { TooEarly } from './guest/too-early.tsx';
import { VisitTime } from './guest/visit-time.tsx';
import { LackPage, useLack } from './visit/support.tsx';

export function GuestPage({ code }: { code: string }) {
  const [invitation, setInvitation] = useState<Invitation | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [here, stayHere] = useState(false);
  const look = (): void => {
    setProblem(null);
    links.look(code).then((found) => (found.visit === null ? setInvitation(found) : go(visitPath(found.visit))), setProblem);
  };
  useEffect(look, [code]);
  const lack = useLack();
  if (problem !== null) return <BadLink problem={problem} again={look} />;
  if (invitation === null || lack === undefined) return <main class="page narrow"><Skeleton /></main>;
  if (lack === 'insecure') return <LackPage lack={lack} />;
  const advised = advice(navigator.userAgent, 'mediaDevices' in navigator && 'getUserMedia' in navigator.mediaDevices);
  if (advised === 'elsewhere' || (advised === 'better' && !here)) {
    return <Elsewhere invitation={invitation} goOn={advised === 'better' ? () => stayHere(true) : null} />;
  }
  if (lack !== null) return <LackPage lack={lack} />;
  return <Invited code={code} invitation={invitation} look={look} />;
}

/** Wrong, taken back or too old: nothing is told about what it was, but there is always a next step. */
function BadLink({ problem, again }: { problem: unknown; again: () => void }) {
  const gone = problem instanceof Problem && problem.code === 'bad_link';
  return (
    <Page heading={gone ? t('bad-link-title') : t('unreachable-title')} narrow>
      <Notice meaning="stop" alert><p>{sentence(problem)}</p></Notice>
      {gone && (
        <>
          <p>{t('bad-link-whole')}</p>
          <p>{t('bad-link-ask')}</p>
        </>
      )}
      <div class="actions">
        <Button kind={gone ? 'plain' : 'primary'} onClick={again}>{t('try-again')}</Button>
        <a class="button" href="/">{t('bad-link-account')}</a>
      </div>
    </Page>
  );
}

function Invited({ code, invitation, look }: { code: string; invitation: Invitation; look: () => void }) {
  const { doctor, clinic, state } = invitation;
  const over = state === 'ended' || state === 'declined';
  return (
    <Page heading={t('guest-title', { name: doctor.name })} narrow>
      <div>
        <p class="quiet" dir="auto">{[doctor.department, clinic].filter(Boolean).join(' · ')}</p>
        <DoctorLine doctor={doctor} />
      </div>
      <VisitTime invitation={invitation} />
      {!over && <Notice meaning="note"><p><strong>{t('guest-video')}</strong></p></Notice>}
      {state === 'too_early' && <TooEarly opensAt={invitation.opens_at ?? 0} serverNow={invitation.now ?? Date.now()} open={look} />}
      {over && <Over declined={state === 'declined'} />}
      {(state === 'open' || state === 'requested') && <Hello code={code} invitation={invitation} tooEarly={look} />}
    </Page>
  );
}

function Over({ declined }: { declined: boolean }) {
  return (
    <>
      <Notice meaning="stop"><p>{declined ? t('guest-declined') : t('guest-over')}</p></Notice>
      <p>{t('guest-over-ask')}</p>
    </>
  );
}
