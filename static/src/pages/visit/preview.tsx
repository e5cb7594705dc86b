/** Before the call: see yourself, see that the microphone hears you, then join. Nothing here stops anyone from joining. */
import { Camera, Mic, Phone } from 'lucide';
import { useEffect, useState } from 'preact/hooks';

import type { VisitDetail } from '../../api.ts';
import { alreadyAllowed } from '../../devices.ts';
import { t } from '../../i18n.ts';
import { type InCall, kept } from '../../kept.ts';
import { line, offline } from '../../live.ts';
import { Button } from '../../ui/button.tsx';
import { Page } from '../../ui/page.tsx';
import { Badge, Card, Notice } from '../../ui/parts.tsx';
import type { Session } from '../../visit/session.ts';
import { me } from '../../who.ts';
import { DeviceForm, DeviceTrouble } from './devices.tsx';
import { Level } from './level.tsx';
import { Toggles } from './toggles.tsx';
import { SelfVideo } from './video.tsx';

export function PreviewPage({ session, detail }: { session: Session; detail: VisitDetail }) {
  const [before, setBefore] = useState(() => kept.inCall(session.visit));
  if (before !== null) return <ReturnPage session={session} detail={detail} before={before} check={() => setBefore(null)} />;
  return (
    <Page heading={t('preview-title')} narrow>
      <With detail={detail} />
      <Devices session={session} />
      <Join session={session} label={t('join-now')} start={() => session.join()} />
      <p class="hint">{t('preview-hint')}</p>
    </Page>
  );
}

/** The page was reloaded in the middle of the call: one tap, and everything is as it was. */
function ReturnPage({ session, detail, before, check }: { session: Session; detail: VisitDetail; before: InCall; check: () => void }) {
  const again = (): void => {
    if (before.mic && before.cam) void session.local.startBoth();
    else if (before.mic) void session.local.set('microphone', true);
    else if (before.cam) void session.local.set('camera', true);
    session.join();
  };
  return (
    <Page heading={t('return-title')} narrow>
      <With detail={detail} />
      <p>{t('return-hint')}</p>
      <Join session={session} label={t('return-to-call')} start={again} />
      <Button kind="quiet" onClick={check}>{t('return-check')}</Button>
    </Page>
  );
}

function With({ detail }: { detail: VisitDetail }) {
  const who = me.value;
  const doctor = who?.kind === 'person' && who.role === 'doctor';
  const name = doctor ? detail.patient : detail.doctor.name;
  return (
    <p class="with">
      {t('visit-with')} <strong dir="auto">{name}</strong>
      {!doctor && detail.doctor.department !== null && <span class="quiet"> · {detail.doctor.department}</span>}
    </p>
  );
}

function Join({ session, label, start }: { session: Session; label: string; start: () => void }) {
  const joining = session.phase.value === 'joining';
  return (
    <div class="stack">
      <Line />
      <Button kind="primary" wide icon={Phone} busy={joining} onClick={start}>{joining ? t('joining') : label}</Button>
    </div>
  );
}

function Line() {
  if (offline.value) return <p><Badge meaning="stop">{t('line-offline')}</Badge></p>;
  if (line.value === 'open') return <p><Badge meaning="good">{t('line-open')}</Badge></p>;
  return <p><Badge meaning="wait">{t('line-waiting')}</Badge></p>;
}

function Devices({ session }: { session: Session }) {
  const { local } = session;
  const [chosen, choose] = useState(false);
  useEffect(() => {
    void Promise.all([alreadyAllowed('camera'), alreadyAllowed('microphone')]).then(([camera, microphone]) => {
      if (!camera || !microphone) return;
      choose(true);
      void local.startBoth();
    });
  }, []);
  if (!chosen) return <Ask session={session} chosen={() => choose(true)} />;
  const microphone = local.microphone.value;
  return (
    <Card>
      <Mirror session={session} />
      <div class="preview-controls"><Toggles local={local} /></div>
      {microphone.on && microphone.track !== null && <Level track={microphone.track} />}
      <DeviceTrouble local={local} kind="camera" />
      <DeviceTrouble local={local} kind="microphone" />
      <DeviceForm local={local} />
    </Card>
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

function Ask({ session, chosen }: { session: Session; chosen: () => void }) {
  const { local } = session;
  const [without, setWithout] = useState(false);
  if (without) {
    return (
      <Notice meaning="note">
        <p>{t('without-camera-chosen')}</p>
        <Button onClick={() => setWithout(false)}>{t('change')}</Button>
      </Notice>
    );
  }
  return (
    <Card>
      <p>{t('ask-devices')}</p>
      <div class="stack">
        <Button wide icon={Camera} onClick={() => { chosen(); void local.startBoth(); }}>{t('use-both')}</Button>
        <Button wide icon={Mic} onClick={() => { chosen(); void local.set('microphone', true); }}>{t('use-microphone')}</Button>
        <Button wide kind="quiet" onClick={() => setWithout(true)}>{t('without-camera')}</Button>
      </div>
    </Card>
  );
}
