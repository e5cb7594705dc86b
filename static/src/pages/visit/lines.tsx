/** The messages of a chat as lines: who, when, what, and where each stands on its way. */
import { Check, Clock3, TriangleAlert } from 'lucide';
import type { VNode } from 'preact';
import { useMemo, useRef } from 'preact/hooks';

import type { ChatView, Unsent } from '../../chat.ts';
import { t } from '../../i18n.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { clock } from '../../when.ts';
import type { Said } from '../../wire.ts';
import { unpack } from '../../words.ts';

interface LinesProps extends ChatView {
  mine: string | null;
  name: (seat: string) => string | null;
  discard: (id: string) => void;
}

export function Lines({ kept, unsent, retrying, mine, name, discard }: LinesProps) {
  // The same node again is not looked at again: in a long chat only what is new is drawn.
  const drawn = useRef(new Map<string, { of: string; node: VNode }>()).current;
  const draw = (said: Said): VNode => {
    const own = said.seat === mine;
    const author = name(said.seat);
    const of = `${own} ${author}`;
    const before = drawn.get(said.id);
    if (before?.of === of) return before.node;
    const node = <KeptLine key={said.id} said={said} own={own} name={author} />;
    drawn.set(said.id, { of, node });
    return node;
  };
  return (
    <ol class="lines">
      {kept.map(draw)}
      {unsent.map((one, i) => <UnsentLine key={one.id} message={one} retrying={retrying || i > 0} discard={discard} />)}
    </ol>
  );
}

function KeptLine({ said, own, name }: { said: Said; own: boolean; name: string | null }) {
  const text = useMemo(() => unpack(said.body), [said.body]);
  return (
    <li class={own ? 'line own' : 'line'}>
      <p class="line-head">
        <strong dir="auto">{own ? t('you') : (name ?? t('somebody'))}</strong> <time dateTime={new Date(said.at).toISOString()}>{clock(said.at)}</time>
      </p>
      <p class="line-text" dir="auto">{text ?? t('message-unreadable')}</p>
      {own && <p class="line-state"><Icon of={Check} size={14} />{t('message-sent')}</p>}
    </li>
  );
}

function UnsentLine({ message, retrying, discard }: { message: Unsent; retrying: boolean; discard: (id: string) => void }) {
  return (
    <li class="line own unsent">
      <p class="line-head"><strong>{t('you')}</strong> <time dateTime={new Date(message.at).toISOString()}>{clock(message.at)}</time></p>
      <p class="line-text" dir="auto">{unpack(message.body) ?? t('message-unreadable')}</p>
      {message.failed === null ? (
        <p class="line-state"><Icon of={Clock3} size={14} />{retrying ? t('message-retrying') : t('message-sending')}</p>
      ) : (
        <>
          <p class="line-state failed"><Icon of={TriangleAlert} size={14} />{t(message.failed === 'bad_body' ? 'message-too-long' : 'message-failed')}</p>
          <Button kind="quiet" onClick={() => discard(message.id)}>{t('message-discard')}</Button>
        </>
      )}
    </li>
  );
}
