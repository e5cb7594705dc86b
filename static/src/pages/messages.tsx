/** Development: the messages that would have gone to phones and mailboxes, newest first. */
import './door/door.css';

import { Mail, MessageSquare, RefreshCw } from 'lucide';
import { useEffect, useState } from 'preact/hooks';

import { doorServer, type SentMessage } from '../door/server.ts';
import { t } from '../i18n.ts';
import { clockOffset } from '../live.ts';
import { useTask } from '../task.ts';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { Page } from '../ui/page.tsx';
import { Empty, Notice, Skeleton } from '../ui/parts.tsx';
import { when } from '../when.ts';

export function MessagesPage() {
  const [messages, setMessages] = useState<SentMessage[] | null>(null);
  const task = useTask();
  const load = (): void => task.run(async () => setMessages(await doorServer.messages()));
  useEffect(() => {
    load();
    addEventListener('focus', load);
    return () => removeEventListener('focus', load);
  }, []);
  return (
    <Page heading={t('messages-title')} narrow>
      <p class="quiet">{t('messages-why')}</p>
      <div><Button icon={RefreshCw} busy={task.busy} onClick={load}>{t('messages-reload')}</Button></div>
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      {messages === null && task.error === null && <Skeleton />}
      {messages?.length === 0 && <Empty title={t('messages-none')}><p>{t('messages-none-hint')}</p></Empty>}
      <ol class="bubbles">{messages?.map((one) => <Bubble key={one.id} message={one} />)}</ol>
    </Page>
  );
}

/** Addresses become links, everything else stays the text it is. */
function linked(body: string): preact.ComponentChildren[] {
  return body.split(/(https?:\/\/[^\s<>"]+)/).map((part, i) => (i % 2 === 1 ? <a key={i} href={part}>{part}</a> : part));
}

function Bubble({ message }: { message: SentMessage }) {
  const mail = message.to.includes('@');
  return (
    <li class={mail ? 'bubble mail' : 'bubble'}>
      <p class="bubble-head">
        <Icon of={mail ? Mail : MessageSquare} size={16} />
        <strong>{t('message-to', { to: message.to })}</strong>
        <span class="quiet">{when(message.at, Date.now() + clockOffset.value)}</span>
      </p>
      <p dir="auto">{linked(message.body)}</p>
    </li>
  );
}
