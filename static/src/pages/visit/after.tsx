/** After the call: what happened, what was written, and the way back. */
import { useEffect, useMemo, useState } from 'preact/hooks';

import { api, sentence, type VisitDetail } from '../../api.ts';
import type { Unsent, UnsentView } from '../../chat.ts';
import { t } from '../../i18n.ts';
import { outbox } from '../../outbox.ts';
import type { Reader } from '../../reader.ts';
import { Button } from '../../ui/button.tsx';
import { Page } from '../../ui/page.tsx';
import { Notice, Skeleton } from '../../ui/parts.tsx';
import { keptReader, type KeptReader } from '../../visit/kept-chat.ts';
import type { Session } from '../../visit/session.ts';
import type { Said } from '../../wire.ts';
import { me, ownerOf } from '../../who.ts';
import { clearToasts } from '../../ui/toast.tsx';
import { KeyNotice } from '../key-card.tsx';
import { RecordOf } from '../records/seal-notice.tsx';
import { Lines } from './lines.tsx';

export function AfterPage({ session, detail }: { session: Session; detail: VisitDetail }) {
  useEffect(clearToasts, []);
  const again = (): void => session.rejoin(session.last);
  switch (session.phase.value) {
    case 'left':
      return <Page heading={t('left-title')} narrow><p>{t('left-hint')}</p><Way><Button kind="primary" onClick={again}>{t('return-to-call')}</Button></Way></Page>;
    case 'replaced':
      return <Page heading={t('replaced-title')} narrow><p>{t('replaced-hint')}</p><Way><Button kind="primary" onClick={again}>{t('use-this-tab')}</Button></Way></Page>;
    case 'locked':
      return <Page heading={t('call-locked-title')} narrow><Notice meaning="stop" alert><p>{t('call-locked')}</p></Notice><KeyNotice /><Way><Button kind="primary" onClick={again}>{t('try-again')}</Button></Way></Page>;
    case 'removed':
      return <Page heading={t('removed-title')} narrow><Notice meaning="stop"><p>{t('removed-hint')}</p></Notice><Way /></Page>;
    case 'refused':
      return <Page heading={t('refused-title')} narrow><Notice meaning="stop" alert><p>{refusal(session)}</p></Notice><Way><Button kind="primary" onClick={again}>{t('try-again')}</Button></Way></Page>;
    default:
      return <OverPage detail={{ ...detail, state: 'ended' }} why={why(session)} session={session} />;
  }
}

function why(session: Session): string {
  const reason = session.endedWhy.value;
  return reason === null ? t('ended-before') : t(`ended-${reason}`);
}

function refusal(session: Session): string {
  const refused = session.refusal.value;
  if (refused?.code === 'full') return t('refused-full');
  if (refused?.code === 'not_open') return t('refused-not-open');
  if (refused?.code === 'not_active') return t('problem-not-active');
  return refused?.detail ?? t('problem-unexpected');
}

function Way({ children }: { children?: preact.ComponentChildren }) {
  return (
    <div class="actions">
      {children}
      {me.value?.kind !== 'guest' && <a class="button" href="/">{t('to-start')}</a>}
    </div>
  );
}

/** A visit that is over; its chat can be read again. */
export function OverPage({ detail, why, session }: { detail: VisitDetail; why?: string; session?: Session }) {
  if (detail.state === 'declined') {
    return <Page heading={t('declined-title')} narrow><p>{t('declined-hint')}</p><Way /></Page>;
  }
  return (
    <Page heading={t('ended-title')} narrow>
      <p>{why ?? t('ended-before')}</p>
      <RecordOf visit={detail.id} />
      <KeptChat detail={detail} session={session} />
      <Way />
    </Page>
  );
}

async function wholeChat(visit: string): Promise<Said[]> {
  const all: Said[] = [];
  for (;;) {
    const page = await api.chat(visit, all.at(-1)?.seq ?? 0);
    all.push(...page.chat);
    if (page.chat.length === 0 || (all.at(-1)?.seq ?? 0) >= page.last) return all;
  }
}

/** With the session's reader right after the call (guests have the key only there), else with one of its own. */
function useReader(detail: VisitDetail, session: Session | undefined): KeptReader {
  return useMemo(() => {
    if (session !== undefined) return { reader: session.talk.reader, version: session.talk.view, looked: session.talk.transcript.look() };
    return keptReader(detail);
  }, [detail.id, session]);
}

function KeptChat({ detail, session }: { detail: VisitDetail; session: Session | undefined }) {
  const { reader, version, looked } = useReader(detail, session);
  const [chat, setChat] = useState<Said[] | null>(null);
  const [seats, setSeats] = useState(detail);
  const [problem, setProblem] = useState<string | null>(null);
  const [ready, setReady] = useState(false);
  useEffect(() => {
    wholeChat(detail.id).then((all) => {
      reader.take(all);
      setChat(all);
    }, (error: unknown) => setProblem(sentence(error)));
    api.visit(detail.id).then(setSeats, () => undefined);
    void looked.then(() => setReady(true));
  }, [detail.id]);
  const [unsent, discard] = useUnsent(detail, reader, ready);
  version.value;
  const name = (seat: string): string | null => seats.seats.find((one) => one.id === seat)?.name ?? null;
  const kept = (chat ?? []).map((one) => ({ ...one, reading: reader.reading(one.seq) }));
  return (
    <section class="stack">
      <h2>{t('chat')}</h2>
      {problem !== null && <Notice meaning="stop"><p>{problem}</p></Notice>}
      {chat === null && problem === null && <Skeleton />}
      {chat?.length === 0 && unsent.length === 0 && <p class="quiet">{t('chat-was-empty')}</p>}
      {ready && kept.length > 0 && !reader.hasKey && <Notice meaning="wait"><p>{t('kept-no-key')}</p></Notice>}
      {chat !== null && chat.length + unsent.length > 0 && (
        <div class="kept-chat"><Lines kept={kept} unsent={unsent} differs={reader.differs} retrying={false} mine={seats.seat} name={name} discard={discard} /></div>
      )}
    </section>
  );
}

/** What was written here and never sent; it can only be deleted now. */
function useUnsent(detail: VisitDetail, reader: Reader, ready: boolean): [UnsentView[], (id: string) => void] {
  const [unsent, setUnsent] = useState<UnsentView[]>([]);
  useEffect(() => {
    const view = async ({ id, at, body, failed }: Unsent): Promise<UnsentView> => (
      { id, at, text: await reader.own(id, body), failed: failed ?? 'ended', unsealed: false });
    void outbox.load(detail.id, ownerOf(detail)).then((left) => Promise.all(left.map(view))).then(setUnsent);
  }, [detail.id, ready]);
  const discard = (id: string): void => {
    setUnsent(unsent.filter((one) => one.id !== id));
    void outbox.remove(id);
  };
  return [unsent, discard];
}
