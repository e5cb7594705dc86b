/** What a person in the call should know now: who waits, what is lost, what is weak. One sentence each. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import type { VisitDetail } from '../../api.ts';
import { t } from '../../i18n.ts';
import { line, offline } from '../../live.ts';
import { Notice } from '../../ui/parts.tsx';
import { announce, toast } from '../../ui/toast.tsx';
import type { Session } from '../../visit/session.ts';
import { useLasting } from './lasting.ts';
import { StandingNotice } from './standing.tsx';
import { Waiting } from './waiting.tsx';
import { Warnings } from './warnings.tsx';

/** The same for how well one is seen and heard: a sample that comes right after a return is of the time before. */
const QUALITY_PATIENCE_MS = 3_000;

interface BannersProps {
  session: Session;
  detail: VisitDetail;
  /** Opens the safety phrases. */
  compare: () => void;
  /** The end-to-end mark. */
  children: ComponentChildren;
}

export function Banners({ session, detail, compare, children }: BannersProps) {
  const lost = useLasting(line.value !== 'open');
  const silent = useLasting(line.value === 'open' && !session.calling.up.value);
  return (
    <div class="banners">
      {children}
      <StandingNotice session={session} detail={detail} />
      <Warnings session={session} detail={detail} compare={compare} />
      {lost && <Notice meaning="stop" alert><p>{offline.value ? t('call-offline') : t('call-reconnecting')}</p></Notice>}
      {silent && !lost && <Notice meaning="wait" alert><p>{t('media-reconnecting')}</p></Notice>}
      {!lost && !silent && <Quality session={session} />}
      <Waiting session={session} />
    </div>
  );
}

function worst(session: Session): string | null {
  const { quality, seat, present } = session.room;
  const own = seat.value === null ? undefined : quality.value.get(seat.value);
  if (own === 'poor' || own === 'lost') return t('quality-own-poor');
  for (const person of present.value) {
    const level = quality.value.get(person.id);
    if (level === 'lost') return t('quality-their-lost', { name: person.name });
    if (level === 'poor') return t('quality-their-poor', { name: person.name });
  }
  return null;
}

function Quality({ session }: { session: Session }) {
  const now = worst(session);
  const text = useLasting(now !== null, QUALITY_PATIENCE_MS) ? now : null;
  const before = useRef<string | null>(null);
  useEffect(() => {
    if (text === null && before.current !== null) toast(t('quality-good'));
    else if (text !== null) announce(text);
    before.current = text;
  }, [text]);
  return text === null ? null : <Notice meaning="wait"><p>{text}</p></Notice>;
}
