/** At the door: the doctor knows, and the place is kept. */
import { useEffect } from 'preact/hooks';

import type { VisitDetail } from '../../api.ts';
import { t } from '../../i18n.ts';
import { later } from '../../later.tsx';
import { line } from '../../live.ts';
import { withTexts } from '../../texts.ts';
import { Button } from '../../ui/button.tsx';
import { Page } from '../../ui/page.tsx';
import { Card, Notice } from '../../ui/parts.tsx';
import { announce } from '../../ui/toast.tsx';
import type { Session } from '../../visit/session.ts';
import { DoctorLine } from '../doctor-line.tsx';
import { DeviceTrouble } from './devices.tsx';
import { Level } from './level.tsx';
import { StandingNotice } from './standing.tsx';
import { Toggles } from './toggles.tsx';
import { SelfVideo } from './video.tsx';

const DoctorProof = later(async () => (await withTexts('ledger', import('../ledger/doctor-proof.tsx'))).DoctorProof);

export function LobbyPage({ session, detail }: { session: Session; detail: VisitDetail }) {
  const { local } = session;
  const camera = local.camera.value;
  const microphone = local.microphone.value;
  useEffect(() => announce(t('lobby-told')), []);
  return (
    <Page heading={t('lobby-title')} narrow>
      {line.value === 'open' ? (
        <Notice meaning="good"><p>{t('lobby-told')}</p></Notice>
      ) : (
        <Notice meaning="wait" alert><p>{t('lobby-reconnecting')}</p></Notice>
      )}
      <StandingNotice session={session} detail={detail} />
      <div>
        <p>{t('lobby-who', { name: detail.doctor.name })}</p>
        <DoctorLine doctor={detail.doctor} />
        <DoctorProof visit={detail.id} doctor={detail.doctor} />
      </div>
      <p class="quiet">{t('lobby-place')}</p>
      <Card>
        {camera.on && camera.track !== null && <div class="mirror-frame"><SelfVideo track={camera.track} label={t('your-picture')} /></div>}
        <div class="preview-controls"><Toggles local={local} /></div>
        {microphone.on && microphone.track !== null && <Level track={microphone.track} />}
        <DeviceTrouble local={local} kind="camera" />
        <DeviceTrouble local={local} kind="microphone" />
      </Card>
      <Button onClick={() => session.leave()}>{t('leave')}</Button>
    </Page>
  );
}
