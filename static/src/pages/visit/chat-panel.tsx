/** The chat beside the call: a panel on wide screens, a sheet on phones. */
import { SendHorizontal, X } from 'lucide';
import { useEffect, useRef, useState } from 'preact/hooks';

import { t } from '../../i18n.ts';
import { kept } from '../../kept.ts';
import { line } from '../../live.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import type { Session } from '../../visit/session.ts';
import { fits } from '../../words.ts';
import { Lines } from './lines.tsx';

export function ChatPanel({ session, close }: { session: Session; close: () => void }) {
  const view = session.talk.view.value;
  const list = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  useEffect(() => {
    if (atEnd.current) list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [view]);
  const follow = (): void => {
    const box = list.current;
    if (box !== null) atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < 48;
  };
  const empty = view.kept.length + view.unsent.length === 0;
  return (
    <section class="chat" aria-label={t('chat')} onKeyDown={(event) => event.key === 'Escape' && close()}>
      <header>
        <h2>{t('chat')}</h2>
        <button type="button" class="close" aria-label={t('chat-hide')} onClick={close}><Icon of={X} /></button>
      </header>
      {line.value !== 'open' && <p class="chat-line">{t('call-reconnecting')}</p>}
      <div ref={list} class="chat-list" role="log" aria-label={t('messages')} tabIndex={0} onScroll={follow}>
        {empty && <p class="quiet">{t('chat-empty')}</p>}
        <Lines
          {...view}
          mine={session.room.seat.value}
          name={(seat) => session.room.name(seat)}
          discard={(id) => void session.talk.chat.discard(id)}
        />
      </div>
      <Writer session={session} sent={() => { atEnd.current = true; }} />
    </section>
  );
}

function Writer({ session, sent }: { session: Session; sent: () => void }) {
  const [text, setText] = useState(() => kept.draft(session.visit));
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => box.current?.focus(), []);
  const tooLong = !fits(text);
  const change = (next: string): void => {
    setText(next);
    kept.setDraft(session.visit, next);
  };
  const send = (): void => {
    const words = text.trim();
    if (words === '' || tooLong) return;
    sent();
    change('');
    void session.write(words);
    box.current?.focus();
  };
  return (
    <form class="writer" onSubmit={(event) => { event.preventDefault(); send(); }}>
      {tooLong && <p class="error" role="alert">{t('message-too-long')}</p>}
      <textarea
        ref={box}
        rows={2}
        value={text}
        aria-label={t('write-message')}
        placeholder={t('write-message')}
        dir="auto"
        onInput={(event) => change(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          send();
        }}
      />
      <Button kind="primary" submit icon={SendHorizontal} disabled={text.trim() === '' || tooLong}>{t('send')}</Button>
    </form>
  );
}
