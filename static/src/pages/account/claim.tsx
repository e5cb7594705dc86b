/** Visits one came to by a link, without the account: they become one's own. */
import { useState } from 'preact/hooks';

import { doorServer } from '../../door/server.ts';
import { linkCodeOf } from '../../door/typed.ts';
import { t } from '../../i18n.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { Notice } from '../../ui/parts.tsx';
import { toast } from '../../ui/toast.tsx';

export function ClaimSection() {
  const [open, setOpen] = useState(false);
  return (
    <section class="stack">
      <h2>{t('claim-title')}</h2>
      <p>{t('claim-why')}</p>
      <div><Button onClick={() => setOpen(true)}>{t('claim-start')}</Button></div>
      {open && <Claim close={() => setOpen(false)} />}
    </section>
  );
}

function Claim({ close }: { close: () => void }) {
  const [link, setLink] = useState('');
  const task = useTask();
  const claim = (): void =>
    task.run(async () => {
      await doorServer.claim(linkCodeOf(link));
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
