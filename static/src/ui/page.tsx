/** The frame of a page: header, heading (which takes the focus when the page changes) and title of the window. */
import { LogOut } from 'lucide';
import { signal } from '@preact/signals';
import type { ComponentChildren, ComponentType } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

import { t } from '../i18n.ts';
import { waitingOf } from '../outbox.ts';
import { useTask } from '../task.ts';
import { config, leaver, me, signOut } from '../who.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';

/** A heading that is focused when it appears, so that a screen reader starts there. */
export function Heading({ children, title }: { children: ComponentChildren; title?: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const text = title ?? (typeof children === 'string' ? children : '');
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, []);
  useEffect(() => {
    document.title = text === '' ? t('title') : t('title-of', { page: text });
  }, [text]);
  return <h1 ref={heading} tabIndex={-1}>{children}</h1>;
}

export function Page({ heading, children, narrow }: { heading: string; children: ComponentChildren; narrow?: boolean }) {
  return (
    <>
      <TopBar />
      <main class={narrow === true ? 'page narrow' : 'page'}>
        <AtHead />
        <Heading>{heading}</Heading>
        {children}
      </main>
    </>
  );
}

/** What stands beside the name of the place; set when somebody is here who needs it. */
export const besideBrand = signal<ComponentType | null>(null);

function BesideBrand() {
  const Beside = besideBrand.value;
  return Beside === null ? null : <Beside />;
}

/** What somebody has to know or answer wherever they are, at the head of every page; set when somebody is here who may. */
export const atHead = signal<ComponentType | null>(null);

function AtHead() {
  const Told = atHead.value;
  return Told === null ? null : <Told />;
}

export function TopBar() {
  const who = me.value;
  const place = who?.kind === 'person' ? who.organisation?.name : undefined;
  return (
    <header class="top">
      <a class="brand" href="/">
        <img src="/icon.svg" alt="" width="28" height="28" />
        <span>{place ?? config.value?.clinic ?? t('title')}</span>
      </a>
      <BesideBrand />
      {who !== null && who !== undefined && <span class="who" dir="auto">{who.name}</span>}
      {who?.kind === 'person' && <SignOut />}
    </header>
  );
}

/** How many drafts and unfinished files of this person lie on this device. */
function onDesk(owner: string | null): Promise<number> {
  return import('../records/desk.ts').then(({ lying }) => lying(owner)).catch(() => 0);
}

/** Signs out; says first what would be lost. */
export function SignOut({ label }: { label?: string }) {
  const [unsent, setUnsent] = useState({ messages: 0, desk: 0 });
  const task = useTask();
  const stay = (): void => setUnsent({ messages: 0, desk: 0 });
  const ask = async (): Promise<void> => {
    const [messages, desk] = await Promise.all([waitingOf(leaver()), onDesk(leaver())]);
    if (messages + desk === 0) await signOut();
    else setUnsent({ messages, desk });
  };
  return (
    <>
      <Button kind="quiet" icon={LogOut} busy={task.busy} onClick={() => task.run(ask)}>{label ?? t('sign-out')}</Button>
      {unsent.messages + unsent.desk > 0 && (
        <Dialog title={t('sign-out-unsent-title')} onClose={stay}>
          {unsent.messages > 0 && <p>{t('sign-out-unsent', { count: unsent.messages })}</p>}
          {unsent.desk > 0 && <p>{t('sign-out-desk', { count: unsent.desk })}</p>}
          <div class="actions">
            <Button kind="primary" onClick={stay}>{t('sign-out-stay')}</Button>
            <Button kind="stop" busy={task.busy} onClick={() => task.run(() => signOut())}>{t('sign-out-anyway')}</Button>
          </div>
        </Dialog>
      )}
    </>
  );
}
