/** Visits one came to without the account, by a link or by phone: they become one's own. */
import { useState } from 'preact/hooks';

import { doorServer, type Sent, type WaitingPerson } from '../../door/server.ts';
import { linkCodeOf } from '../../door/typed.ts';
import { t } from '../../i18n.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { Notice } from '../../ui/parts.tsx';
import { toast } from '../../ui/toast.tsx';
import { config } from '../../who.ts';
import { Choices } from '../door/choices.tsx';
import { CodeForm, SendAgain } from '../door/code-form.tsx';

export function ClaimSection() {
  const [open, setOpen] = useState<'link' | 'phone' | null>(null);
  const close = (): void => setOpen(null);
  return (
    <section class="stack">
      <h2>{t('claim-title')}</h2>
      <p>{t('claim-why')}</p>
      <div class="actions">
        <Button onClick={() => setOpen('link')}>{t('claim-start')}</Button>
        <Button onClick={() => setOpen('phone')}>{t('claim-phone')}</Button>
      </div>
      {open === 'link' && <ByLink close={close} />}
      {open === 'phone' && <ByPhone close={close} />}
    </section>
  );
}

function ByLink({ close }: { close: () => void }) {
  const [link, setLink] = useState('');
  const task = useTask();
  const claim = (): void =>
    task.run(async () => {
      await doorServer.claimByLink(linkCodeOf(link));
      toast(t('claim-done'));
      close();
    });
  return (
    <Dialog title={t('claim-start')} onClose={close}>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); claim(); }}>
        {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
        <Field label={t('claim-link')} hint={t('claim-link-hint')} value={link} onInput={setLink} exact required maxLength={300} />
        <Button kind="primary" submit wide busy={task.busy}>{task.busy ? t('checking') : t('claim-do')}</Button>
      </form>
    </Dialog>
  );
}

/** A code that was right, and who waits at its phone. */
interface Found {
  code: string;
  waiting: WaitingPerson[];
}

function ByPhone({ close }: { close: () => void }) {
  const [sent, setSent] = useState<Sent | null>(null);
  const [found, setFound] = useState<Found | null>(null);
  const task = useTask();
  const start = (): void => task.run(async () => setSent(await doorServer.startClaim()));
  const check = async (code: string): Promise<void> => {
    if (sent !== null) setFound({ code, waiting: (await doorServer.findClaims(sent.id, code)).waiting });
  };
  return (
    <Dialog title={t('claim-phone')} onClose={close}>
      {sent === null && (
        <>
          <p>{t('claim-phone-why')}</p>
          {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
          <Button kind="primary" wide busy={task.busy} onClick={start}>{task.busy ? t('sending') : t('code-send')}</Button>
        </>
      )}
      {sent !== null && found === null && (
        <>
          <CodeForm label={t('code')} hint={t('code-hint')} submit={t('continue')} send={check} />
          <SendAgain sent={sent} again={setSent} />
          {config.value?.messages === true && <p><a href="/messages" target="_blank" rel="noopener">{t('messages-open')}</a></p>}
        </>
      )}
      {sent !== null && found !== null && <Choose sent={sent} found={found} close={close} />}
    </Dialog>
  );
}

function Choose({ sent, found, close }: { sent: Sent; found: Found; close: () => void }) {
  const [chosen, choose] = useState<string | null>(null);
  const task = useTask();
  const claim = (): void =>
    task.run(async () => {
      if (chosen === null) return;
      await doorServer.claim(sent.id, found.code, chosen);
      toast(t('claim-done'));
      close();
    });
  if (found.waiting.length === 0) return <><p>{t('claim-nobody')}</p><Button kind="primary" wide onClick={close}>{t('close')}</Button></>;
  return (
    <form class="stack" onSubmit={(event) => { event.preventDefault(); claim(); }}>
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      <Choices
        legend={t('register-waiting')}
        value={chosen}
        onChange={choose}
        options={found.waiting.map((one) => ({ value: one.person, label: one.name, hint: t('register-waiting-visits', { count: one.visits }) }))}
      />
      <Button kind="primary" submit wide busy={task.busy}>{task.busy ? t('checking') : t('claim-do')}</Button>
    </form>
  );
}
