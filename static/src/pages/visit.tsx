/** A visit's page: what it is now, and the part of it this tab is in: preview, door, call, or after. */
import './visit/visit.css';

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';

import { api, sentence, type VisitDetail } from '../api.ts';
import { t } from '../i18n.ts';
import { clockOffset, live } from '../live.ts';
import { opensAt } from '../opening.ts';
import { useTask } from '../task.ts';
import { Button } from '../ui/button.tsx';
import { Page } from '../ui/page.tsx';
import { Notice, Skeleton } from '../ui/parts.tsx';
import { lastingIn, roleIn } from '../visit/own-keys.ts';
import { Session } from '../visit/session.ts';
import { when } from '../when.ts';
import { me, ownerOf } from '../who.ts';
import { DoctorLine } from './doctor-line.tsx';
import { TooEarly } from './guest/too-early.tsx';
import { AfterPage, OverPage } from './visit/after.tsx';
import { CallPage } from './visit/call.tsx';
import { LobbyPage } from './visit/lobby.tsx';
import { PreviewPage } from './visit/preview.tsx';
import { LackPage, useLack } from './visit/support.tsx';

export function VisitPage({ visit }: { visit: string }) {
  const [detail, setDetail] = useState<VisitDetail | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const started = useRef(false);
  const load = (): void => {
    setProblem(null);
    api.visit(visit).then(setDetail, setProblem);
  };
  useEffect(() => {
    load();
    return live.hear((message) => {
      if (message.t === 'visit' && message.visit.id === visit && !started.current) load();
    });
  }, [visit]);
  const now = Date.now() + clockOffset.value;
  const opens = detail === null ? null : opensAt(detail, now);
  started.current ||= detail?.state === 'open' && opens === null;
  if (detail !== null && opens !== null) return <NotYet detail={detail} opens={opens} now={now} open={load} />;
  if (detail !== null && started.current) return <Live detail={detail} />;
  if (detail !== null) return <NotOpen detail={detail} reload={load} />;
  if (problem === null) return <main class="page narrow"><Skeleton /></main>;
  return (
    <Page heading={t('visit-not-shown')} narrow>
      <Notice meaning="stop" alert><p>{sentence(problem)}</p></Notice>
      <div class="actions">
        <Button kind="primary" onClick={load}>{t('try-again')}</Button>
        <a class="button" href="/">{t('to-start')}</a>
      </div>
    </Page>
  );
}

/** A planned visit whose time has not come: the page goes on by itself when it has. */
function NotYet({ detail, opens, now, open }: { detail: VisitDetail; opens: number; now: number; open: () => void }) {
  const who = me.value;
  const doctor = who?.kind === 'person' && who.role === 'doctor';
  return (
    <Page heading={t('visit-planned-at', { time: when(detail.planned_at ?? now, now) })} narrow>
      <p class="with">{t('visit-with')} <strong dir="auto">{doctor ? detail.patient : detail.doctor.name}</strong></p>
      {!doctor && <DoctorLine doctor={detail.doctor} />}
      <TooEarly opensAt={opens} serverNow={now} open={open} />
      <p class="hint">{t('do-not-travel')}</p>
      {who?.kind === 'person' && <div><a class="button" href="/">{t('to-start')}</a></div>}
    </Page>
  );
}

/** No call without the means to keep it private: not even a preview of it. */
function Live({ detail }: { detail: VisitDetail }) {
  const lack = useLack();
  if (lack === undefined) return <main class="page narrow"><Skeleton /></main>;
  return lack === null ? <Sealed detail={detail} /> : <LackPage lack={lack} />;
}

/** Keeps its session while it is shown, whatever the visit's state becomes in the meantime. */
function Sealed({ detail }: { detail: VisitDetail }) {
  const owner = ownerOf(detail);
  const session = useMemo(() => new Session(detail.id, owner, roleIn(detail), lastingIn(roleIn(detail))), [detail.id, owner]);
  useEffect(() => () => session.dispose(), [session]);
  switch (session.phase.value) {
    case 'preview':
    case 'joining': return <PreviewPage session={session} detail={detail} />;
    case 'lobby': return <LobbyPage session={session} detail={detail} />;
    case 'call': return <CallPage session={session} detail={detail} />;
    default: return <AfterPage session={session} detail={detail} />;
  }
}

function NotOpen({ detail, reload }: { detail: VisitDetail; reload: () => void }) {
  const task = useTask();
  const who = me.value;
  if (detail.state !== 'requested') return <OverPage detail={detail} />;
  const doctor = who?.kind === 'person' && who.role === 'doctor';
  return (
    <Page heading={t('visit-not-open')} narrow>
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      <Notice meaning="wait">
        <p>{doctor ? t('asks-you', { name: detail.patient }) : t('waiting-accept', { name: detail.doctor.name })}</p>
      </Notice>
      <div class="actions">
        {doctor && <Button kind="primary" busy={task.busy} onClick={() => task.run(async () => { await api.accept(detail.id); reload(); })}>{t('accept')}</Button>}
        <a class="button" href="/">{t('to-start')}</a>
      </div>
    </Page>
  );
}
