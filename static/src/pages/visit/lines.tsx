/** The messages of a chat as lines: who, when, what, and where each stands on its way. */
import { Check, Clock3, Lock, TriangleAlert } from 'lucide';
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';

import type { ChatView, KeptView, UnsentView } from '../../chat.ts';
import { t } from '../../i18n.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Notice } from '../../ui/parts.tsx';
import { clock } from '../../when.ts';
import type { Reading } from '../../reader.ts';

interface LinesProps extends ChatView {
  mine: string | null;
  name: (seat: string) => string | null;
  discard: (id: string) => void;
}

export function Lines({ kept, unsent, differs, retrying, mine, name, discard }: LinesProps) {
  // The same node again is not looked at again: in a long chat only what is new is drawn.
  const drawn = useRef(new Map<string, { of: string; node: VNode }>()).current;
  const draw = (said: KeptView): VNode => {
    const own = said.seat === mine;
    const author = name(said.seat);
    const of = `${own} ${author} ${JSON.stringify(said.reading)}`;
    const before = drawn.get(said.id);
    if (before?.of === of) return before.node;
    const node = <KeptLine key={said.id} said={said} own={own} name={author} />;
    drawn.set(said.id, { of, node });
    return node;
  };
  return (
    <>
      {differs && <Notice meaning="stop" alert><p>{t('chat-differs')}</p></Notice>}
      <ol class="lines">
        {kept.map(draw)}
        {unsent.map((one, i) => <UnsentLine key={one.id} message={one} retrying={retrying || i > 0} discard={discard} />)}
      </ol>
    </>
  );
}

/** What stands in place of a message that isn't read. */
function unread(reading: Reading & { read: false }): string {
  if (reading.why === 'waiting') return t('message-waiting');
  return t(reading.why === 'sealed' ? 'message-other-key' : 'message-unreadable');
}

/** What is to be known of a message beside its words; null when all is well. */
function doubt(reading: Reading): string | null {
  if (!reading.read) return null;
  if (reading.history === 'differs') return t('message-differs');
  if (reading.author === 'forged') return t('message-forged');
  return reading.author === 'stranger' ? t('message-not-verified') : null;
}

function KeptLine({ said, own, name }: { said: KeptView; own: boolean; name: string | null }) {
  const { reading } = said;
  const wrong = doubt(reading);
  const grave = reading.read && (reading.history === 'differs' || reading.author === 'forged');
  return (
    <li class={own ? 'line own' : 'line'}>
      <p class="line-head">
        <strong dir="auto">{own ? t('you') : (name ?? t('somebody'))}</strong> <time dateTime={new Date(said.at).toISOString()}>{clock(said.at)}</time>
      </p>
      {reading.read ? <p class="line-text" dir="auto">{reading.text}</p> : <p class="line-text sealed"><Icon of={Lock} size={14} /> {unread(reading)}</p>}
      {own && <p class="line-state"><Icon of={Check} size={14} />{t('message-sent')}</p>}
      {wrong !== null && <p class={grave ? 'line-state failed' : 'line-state'}><Icon of={TriangleAlert} size={14} />{wrong}</p>}
    </li>
  );
}

function waitingFor(message: UnsentView, retrying: boolean): string {
  if (message.unsealed) return t('message-no-key');
  return retrying ? t('message-retrying') : t('message-sending');
}

function UnsentLine({ message, retrying, discard }: { message: UnsentView; retrying: boolean; discard: (id: string) => void }) {
  return (
    <li class="line own unsent">
      <p class="line-head"><strong>{t('you')}</strong> <time dateTime={new Date(message.at).toISOString()}>{clock(message.at)}</time></p>
      <p class="line-text" dir="auto">{message.text ?? t('message-waiting')}</p>
      {message.failed === null ? (
        <p class="line-state"><Icon of={Clock3} size={14} />{waitingFor(message, retrying)}</p>
      ) : (
        <>
          <p class="line-state failed"><Icon of={TriangleAlert} size={14} />{t(message.failed === 'bad_body' ? 'message-too-long' : 'message-failed')}</p>
          <Button kind="quiet" onClick={() => discard(message.id)}>{t('message-discard')}</Button>
        </>
      )}
    </li>
  );
}
