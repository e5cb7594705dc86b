/** Another phone number or mailbox: a code goes to the new one, and the old one is told. */
import { useState } from 'preact/hooks';

import { Problem } from '../../api.ts';
import { doorServer, type Sent } from '../../door/server.ts';
import { contactOf } from '../../door/typed.ts';
import { t } from '../../i18n.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { Notice } from '../../ui/parts.tsx';
import { toast } from '../../ui/toast.tsx';
import { config } from '../../who.ts';
import { CodeForm, SendAgain } from '../door/code-form.tsx';

export function ChangeContact({ close, changed }: { close: () => void; changed: () => void }) {
  const [typed, setTyped] = useState('');
  const [sent, setSent] = useState<Sent | null>(null);
  const task = useTask();
  const start = (): void =>
    task.run(async () => {
      const contact = contactOf(typed);
      if (contact === null) throw new Problem('bad_field', 0, t('contact-shape'));
      setSent(await doorServer.startContact(contact));
    });
  const finish = async (code: string): Promise<void> => {
    if (sent !== null) await doorServer.finishContact(sent.id, code);
    toast(t('contact-changed'));
    changed();
  };
  return (
    <Dialog title={t('change-what', { what: t('contact') })} onClose={close}>
      {sent === null ? (
        <form class="stack" noValidate onSubmit={(event) => { event.preventDefault(); start(); }}>
          {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
          <Field label={t('contact-new')} hint={t('contact-how')} value={typed} onInput={setTyped} autocomplete="tel" exact required maxLength={254} />
          <p class="hint">{t('contact-old-told')}</p>
          <Button kind="primary" submit wide busy={task.busy}>{task.busy ? t('sending') : t('code-send')}</Button>
        </form>
      ) : (
        <>
          <p>{t('code-sent-to', { contact: typed })}</p>
          <CodeForm label={t('code')} hint={t('code-hint')} submit={t('save')} send={finish} />
          <SendAgain sent={sent} again={setSent} />
          {config.value?.messages === true && <p><a href="/messages" target="_blank" rel="noopener">{t('messages-open')}</a></p>}
        </>
      )}
    </Dialog>
  );
}
