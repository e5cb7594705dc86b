/** The call: the other person first, everything else around the edge. */
import { Ellipsis, MessageSquare, PhoneOff } from 'lucide';
import { useEffect, useMemo, useState } from 'preact/hooks';

import type { VisitDetail } from '../../api.ts';
import { t } from '../../i18n.ts';
import { kept } from '../../kept.ts';
import { Button, Control } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Heading } from '../../ui/page.tsx';
import { announce, toast } from '../../ui/toast.tsx';
import type { Session } from '../../visit/session.ts';
import { Banners } from './banners.tsx';
import { ChatPanel } from './chat-panel.tsx';
import { MarkButton } from './mark.tsx';
import { More } from './more.tsx';
import { PhraseDialog } from './phrase.tsx';
import { Stage } from './stage.tsx';
import { Toggles } from './toggles.tsx';

export function CallPage({ session, detail }: { session: Session; detail: VisitDetail }) {
  const [chat, showChat] = useState(false);
  const [more, showMore] = useState(false);
  const [leaving, askLeave] = useState(false);
  const [phrases, showPhrases] = useState(false);
  const [blocked, setBlocked] = useState(false);
  const narrow = useNarrow();
  const unread = useUnread(session, chat);
  useAwake();
  useComings(session);
  const other = session.room.host.value ? detail.patient : detail.doctor.name;
  const hangUp = (): void => (session.room.host.value ? askLeave(true) : session.leave());
  return (
    <main class={chat ? 'call with-chat' : 'call'}>
      <div class="call-main" inert={chat && narrow}>
        <div class="call-heading"><Heading title={t('call-with', { name: other })}>{t('call-with', { name: other })}</Heading></div>
        <Stage session={session} doctor={detail.doctor} onBlocked={() => setBlocked(true)} />
        <Banners session={session} detail={detail} compare={() => showPhrases(true)}>
          <MarkButton session={session} open={() => showPhrases(true)} />
        </Banners>
        {blocked && (
          <div class="sound-off"><Button kind="primary" onClick={() => { playAll(); setBlocked(false); }}>{t('sound-on')}</Button></div>
        )}
        <Hint session={session} />
        <div class="controls" role="toolbar" aria-label={t('controls')}>
          <Toggles local={session.local} />
          <Control icon={MessageSquare} label={chat ? t('chat-close') : t('chat-open')} badge={unread > 0 ? { count: String(Math.min(unread, 99)), text: t('chat-unread', { count: unread }) } : undefined} expanded={chat} onClick={() => showChat(!chat)} />
          <Control icon={Ellipsis} label={t('more')} onClick={() => showMore(true)} />
          <Control icon={PhoneOff} kind="stop" label={t('hang-up')} onClick={hangUp} />
        </div>
      </div>
      {chat && <ChatPanel session={session} close={() => showChat(false)} />}
      {phrases && <PhraseDialog session={session} close={() => showPhrases(false)} />}
      {more && <More session={session} detail={detail} close={() => showMore(false)} />}
      {leaving && <Leaving session={session} close={() => askLeave(false)} />}
    </main>
  );
}

function playAll(): void {
  document.querySelectorAll('audio').forEach((one) => void one.play().catch(() => undefined));
}

/** Counts what others wrote since the chat was last open, and says that there is something new. */
function useUnread(session: Session, open: boolean): number {
  const view = session.talk.view.value;
  const mine = session.room.seat.value;
  const [read, setRead] = useState(() => kept.read(session.visit));
  const unread = view.kept.filter((one) => one.seq > read && one.seat !== mine);
  const last = view.kept.at(-1)?.seq ?? 0;
  useEffect(() => {
    if (!open || last <= read) return;
    kept.setRead(session.visit, last);
    setRead(last);
  }, [open, last]);
  const newest = unread.at(-1);
  useEffect(() => {
    if (!open && newest !== undefined) announce(t('message-from', { name: session.room.name(newest.seat) ?? t('somebody') }));
  }, [newest?.seq]);
  return open ? 0 : unread.length;
}

/** Where the chat covers the call: the call is then out of reach until the chat is closed. */
function useNarrow(): boolean {
  const query = useMemo(() => window.matchMedia('(max-width: 799px)'), []);
  const [narrow, setNarrow] = useState(query.matches);
  useEffect(() => {
    const look = (): void => setNarrow(query.matches);
    query.addEventListener('change', look);
    return () => query.removeEventListener('change', look);
  }, [query]);
  return narrow;
}

/** Keeps the screen on while we talk, where the browser can. */
function useAwake(): void {
  useEffect(() => {
    let lock: WakeLockSentinel | null = null;
    const hold = (): void => {
      if (document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return;
      navigator.wakeLock.request('screen').then((got) => { lock = got; }, () => undefined);
    };
    hold();
    document.addEventListener('visibilitychange', hold);
    return () => {
      document.removeEventListener('visibilitychange', hold);
      void lock?.release();
    };
  }, []);
}

/** Says who came and who went. */
function useComings(session: Session): void {
  const present = session.room.present.value;
  const [before, setBefore] = useState(present);
  useEffect(() => {
    present.filter((one) => !before.some((old) => old.id === one.id)).forEach((one) => toast(t('came', { name: one.name })));
    before.filter((one) => !present.some((now) => now.id === one.id)).forEach((one) => toast(t('went', { name: one.name })));
    setBefore(present);
  }, [present]);
}

function Hint({ session }: { session: Session }) {
  const microphone = session.local.microphone.value;
  const camera = session.local.camera.value;
  if (microphone.problem !== null) return <p class="hint-chip">{t(`microphone-${microphone.problem}`)}</p>;
  if (camera.problem !== null) return <p class="hint-chip">{t(`camera-${camera.problem}`)}</p>;
  return microphone.on ? null : <p class="hint-chip">{t('microphone-off-hint')}</p>;
}

function Leaving({ session, close }: { session: Session; close: () => void }) {
  const [sure, ask] = useState(false);
  const [busy, setBusy] = useState(false);
  const end = (): void => {
    setBusy(true);
    session.end().catch(() => {
      setBusy(false);
      toast(t('not-done'));
    });
  };
  return (
    <Dialog title={sure ? t('end-sure-title') : t('hang-up')} onClose={close}>
      <div class="stack">
        <p>{sure ? t('end-sure') : t('leaving-hint')}</p>
        {sure ? (
          <>
            <Button kind="stop" wide busy={busy} onClick={end}>{t('end-yes')}</Button>
            <Button wide onClick={close}>{t('keep-talking')}</Button>
          </>
        ) : (
          <>
            <Button wide onClick={() => session.leave()}>{t('leave-for-now')}</Button>
            <Button kind="stop" wide onClick={() => ask(true)}>{t('end-everyone')}</Button>
          </>
        )}
      </div>
    </Dialog>
  );
}
