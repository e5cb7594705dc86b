/** Before the call: see yourself, see that the microphone hears you, then join. Nothing here stops anyone from joining. */
import { Camera, Mic, Phone } from 'lucide';
import { useEffect, useState } from 'preact/hooks';

import type { VisitDetail } from '../../api.ts';
import { alreadyAllowed } from '../../devices.ts';
import { t } from '../../i18n.ts';
import { type InCall, kept } from '../../kept.ts';
import { line, offline } from '../../live.ts';
import type { Local } from '../../local.ts';
import { Button } from '../../ui/button.tsx';
import { Page } from '../../ui/page.tsx';
import { Badge, Card, Notice, Skeleton } from '../../ui/parts.tsx';
import type { Session } from '../../visit/session.ts';
import { me } from '../../who.ts';
import { DoctorLine } from '../doctor-line.tsx';
import { DeviceForm, DeviceTrouble } from './devices.tsx';
import { Level } from './level.tsx';
import { StandingNotice } from './standing.tsx';
import { Toggles } from './toggles.tsx';
import { SelfVideo } from './video.tsx';

/** What was answered to the question for camera and microphone; null before. */
type Chosen = 'devices' | 'nothing' | null;

export function PreviewPage({ session, detail }: { session: Session; detail: VisitDetail }) {
  const [before, setBefore] = useState(() => (session.phase.peek() === 'joining' ? session.last : kept.inCall(session.visit)));
  const [chosen, choose] = useState<Chosen>(null);
  if (before !== null) return <ReturnPage session={session} detail={detail} before={before} check={() => setBefore(null)} />;
  return (
    <Page heading={t('preview-title')} narrow>
      <With session={session} detail={detail} />
      <Devices session={session} chosen={chosen} choose={choose} />
      <Join session={session} kind={chosen === null ? 'plain' : 'primary'} label={t('join-now')} start={() => session.join()} />
      <p class="hint">{t('preview-hint')}</p>
    </Page>
  );
}

/** The page was reloaded in the middle of the call: one tap, and everything is as it was. */
function ReturnPage({ session, detail, before, check }: { session: Session; detail: VisitDetail; before: InCall; check: () => void }) {
  return (
    <Page heading={t('return-title')} narrow>
      <With session={session} detail={detail} />
      <p>{t('return-hint')}</p>
      <Join session={session} label={t('return-to-call')} start={() => session.rejoin(before)} />
      <Button kind="quiet" onClick={check}>{t('return-check')}</Button>
    </Page>
  );
}

function With({ session, detail }: { session: Session; detail: VisitDetail }) {
  const who = me.value;
  const doctor = who?.kind === 'person' && who.role === 'doctor';
  const name = doctor ? detail.patient : detail.doctor.name;
  return (
    <div>
      <p class="with">
        {t('visit-with')} <strong dir="auto">{name}</strong>
        {!doctor && detail.doctor.department !== null && <span class="quiet"> · {detail.doctor.department}</span>}
      </p>
      {!doctor && <DoctorLine doctor={detail.doctor} />}
      <StandingNotice session={session} detail={detail} />
    </div>
  );
}

function Join({ session, kind = 'primary', label, start }: { session: Session; kind?: 'primary' | 'plain'; label: string; start: () => void }) {
  const joining = session.phase.value === 'joining';
  return (
    <div class="stack">
      <Line />
      <Button kind={kind} wide icon={Phone} busy={joining} onClick={start}>{joining ? t('joining') : label}</Button>
    </div>
  );
}

function Line() {
  if (offline.value) return <p><Badge meaning="stop">{t('line-offline')}</Badge></p>;
  if (line.value === 'open') return <p><Badge meaning="good">{t('line-open')}</Badge></p>;
  return <p><Badge meaning="wait">{t('line-waiting')}</Badge></p>;
}

function Devices({ session, chosen, choose }: { session: Session; chosen: Chosen; choose: (chosen: Chosen) => void }) {
  const { local } = session;
  const [looked, setLooked] = useState(false);
  useEffect(() => {
    void Promise.all([alreadyAllowed('camera'), alreadyAllowed('microphone')]).then(([camera, microphone]) => {
      setLooked(true);
      if (!camera || !microphone) return;
      choose('devices');
      void local.startBoth();
    });
  }, []);
  if (chosen === 'nothing') return <Without change={() => choose(null)} />;
  if (chosen === 'devices') return <Ready session={session} />;
  return looked ? <Ask local={local} choose={choose} /> : <Skeleton />;
}

function Ready({ session }: { session: Session }) {
  const { local } = session;
  const microphone = local.microphone.value;
  return (
    <Card>
      <Mirror session={session} />
      <div class="preview-controls"><Toggles local={local} /></div>
      {microphone.on && microphone.track !== null && <Level track={microphone.track} />}
      <DeviceTrouble local={local} kind="camera" before />
      <DeviceTrouble local={local} kind="microphone" />
      <details>
        <summary>{t('choose-devices')}</summary>
        <DeviceForm local={local} />
      </details>
    </Card>
  );
}

function Without({ change }: { change: () => void }) {
  return (
    <Notice meaning="note">
      <p>{t('without-camera-chosen')}</p>
      <Button onClick={change}>{t('change')}</Button>
    </Notice>
  );
}

function Mirror({ session }: { session: Session }) {
  const { track, on } = session.local.camera.value;
  return (
    <div class="mirror-frame">
      {on && track !== null ? <SelfVideo track={track} label={t('your-picture')} /> : <p>{t('camera-is-off')}</p>}
    </div>
  );
}

function Ask({ local, choose }: { local: Local; choose: (chosen: Chosen) => void }) {
  const use = (start: () => Promise<void>): void => {
    choose('devices');
    void start();
  };
  return (
    <Card>
      <p>{t('ask-devices')}</p>
      <div class="stack">
        <Button kind="primary" wide icon={Camera} onClick={() => use(() => local.startBoth())}>{t('use-both')}</Button>
        <Button wide icon={Mic} onClick={() => use(() => local.set('microphone', true))}>{t('use-microphone')}</Button>
        <Button wide kind="quiet" onClick={() => choose('nothing')}>{t('without-camera')}</Button>
      </div>
    </Card>
  );
}
