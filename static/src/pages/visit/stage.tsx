/** The pictures of a call: the others as large as can be, ourselves small. */
import { MicOff, Move } from 'lucide';
import { useEffect, useRef, useState } from 'preact/hooks';

import { t } from '../../i18n.ts';
import { Icon } from '../../ui/icon.tsx';
import type { Session } from '../../visit/session.ts';
import type { DoctorView, SeatView } from '../../wire.ts';
import { RemoteAudio, RemoteVideo, SelfVideo } from './video.tsx';

/** How long no frame may come before we say so, in ms. */
const STILL_AFTER_MS = 4_000;

export function Stage({ session, doctor, onBlocked }: { session: Session; doctor: DoctorView; onBlocked: () => void }) {
  const present = session.room.present.value;
  return (
    <div class={`stage people-${present.length}`}>
      {present.map((one) => <Tile key={one.id} session={session} person={one} doctor={doctor} onBlocked={onBlocked} />)}
      {present.length === 0 && <Alone session={session} />}
      <SelfView session={session} />
    </div>
  );
}

function Alone({ session }: { session: Session }) {
  const away = session.room.away.value.find((one) => one.role !== 'guest');
  return (
    <div class="alone">
      <p class="alone-title">{away === undefined ? t('alone-title') : t('alone-away', { name: away.name })}</p>
      <p>{session.room.host.value ? t('alone-host') : t('alone-hint')}</p>
    </div>
  );
}

function initials(name: string): string {
  const words = name.replace(/^(dr|prof|mr|mrs|ms)\.?\s+/i, '').split(/\s+/).filter((one) => one !== '');
  return [words[0], words.length > 1 ? words.at(-1) : ''].map((one) => [...(one ?? '')][0] ?? '').join('').toLocaleUpperCase();
}

function Tile({ session, person, doctor, onBlocked }: { session: Session; person: SeatView; doctor: DoctorView; onBlocked: () => void }) {
  const tracks = session.room.media.value.get(person.id) ?? [];
  const video = tracks.find((one) => one.kind === 'video');
  const audio = tracks.find((one) => one.kind === 'audio');
  const [moving, frame] = useMoving(person.cam);
  const seen = (): void => {
    frame();
    session.frameSeen();
  };
  return (
    <div class="tile">
      {video !== undefined && person.cam && <RemoteVideo track={video} seat={person.id} label={t('picture-of', { name: person.name })} onFrame={seen} />}
      {audio !== undefined && <RemoteAudio track={audio} seat={person.id} onBlocked={onBlocked} />}
      {(!person.cam || moving === 'never') && <div class="avatar" aria-hidden="true">{initials(person.name)}</div>}
      <p class="plate">
        {!person.mic && <><Icon of={MicOff} size={16} /><span class="unseen">{t('their-microphone-off')} </span></>}
        <span dir="auto">{person.name}</span>
        {person.role === 'doctor' && doctor.registration !== null && <span class="plate-note">{t('registered', { number: doctor.registration })}</span>}
        {!person.cam && <span class="plate-note">{t('their-camera-off')}</span>}
        {person.cam && moving === 'still' && <span class="plate-note">{t('picture-still')}</span>}
      </p>
    </div>
  );
}

/** Whether frames come: `never` yet, `moving`, or `still` for some seconds. */
function useMoving(on: boolean): ['never' | 'moving' | 'still', () => void] {
  const [state, setState] = useState<'never' | 'moving' | 'still'>('never');
  const last = useRef(0);
  useEffect(() => {
    setState('never');
    last.current = 0;
    if (!on) return undefined;
    const since = performance.now();
    const timer = setInterval(() => {
      const quiet = performance.now() - Math.max(last.current, since) > STILL_AFTER_MS;
      if (quiet && document.visibilityState === 'visible') setState((now) => (now === 'moving' ? 'still' : now));
    }, 1_000);
    return () => clearInterval(timer);
  }, [on]);
  const frame = (): void => {
    last.current = performance.now();
    setState('moving');
  };
  return [state, frame];
}

function SelfView({ session }: { session: Session }) {
  const [corner, setCorner] = useState(0);
  const { track, on } = session.local.camera.value;
  if (!on || track === null) return null;
  return (
    <div class={`self corner-${corner}`}>
      <SelfVideo track={track} label={t('your-picture')} />
      <button type="button" class="self-move" aria-label={t('move-picture')} title={t('move-picture')} onClick={() => setCorner((corner + 1) % 4)}>
        <Icon of={Move} size={16} />
      </button>
    </div>
  );
}
