/** Registering another organisation on this server; it waits for a yes. */
import { useState } from 'preact/hooks';

import { t } from '../../i18n.ts';
import { type Kind, type NewOrganisation, organisations } from '../../organisations.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Choose, Field, TextArea } from '../../ui/field.tsx';
import { Notice } from '../../ui/parts.tsx';
import { LanguageFields, ZoneField } from './place.tsx';

const KINDS: readonly Kind[] = ['clinic', 'hospital'];

export function RegisterOrganisation({ close }: { close: () => void }) {
  const [draft, setDraft] = useState<NewOrganisation>({
    name: '', kind: 'clinic', zone: Intl.DateTimeFormat().resolvedOptions().timeZone, languages: ['en'], phone: '', address: '',
  });
  const [done, finish] = useState(false);
  const task = useTask();
  const put = (part: Partial<NewOrganisation>): void => setDraft({ ...draft, ...part });
  const send = (): void =>
    task.run(async () => {
      const { phone = '', address = '', ...rest } = draft;
      await organisations.register({
        ...rest,
        name: rest.name.trim(),
        ...(phone.trim() === '' ? {} : { phone: phone.trim() }),
        ...(address.trim() === '' ? {} : { address: address.trim() }),
      });
      finish(true);
    });
  if (done) {
    return (
      <Dialog title={t('organisation-register')} onClose={close}>
        <Notice meaning="good"><p>{t('organisation-registered', { name: draft.name })}</p></Notice>
        <Button kind="primary" onClick={close}>{t('done')}</Button>
      </Dialog>
    );
  }
  return (
    <Dialog title={t('organisation-register')} onClose={close}>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); send(); }}>
        {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
        <Field label={t('organisation-name')} value={draft.name} onInput={(name) => put({ name })} required maxLength={100} />
        <Choose label={t('kind')} value={draft.kind} onChange={(word) => put({ kind: KINDS.find((one) => one === word) ?? 'clinic' })} options={KINDS.map((sort) => ({ value: sort, label: t(`kind-${sort}`) }))} />
        <ZoneField zone={draft.zone} choose={(zone) => put({ zone })} />
        <LanguageFields chosen={draft.languages} choose={(languages) => put({ languages })} />
        <Field label={t('phone')} hint={t('phone-hint')} type="tel" value={draft.phone ?? ''} onInput={(phone) => put({ phone })} maxLength={30} />
        <TextArea label={t('address')} value={draft.address ?? ''} onInput={(address) => put({ address })} maxLength={300} rows={2} />
        <Button kind="primary" submit disabled={draft.languages.length === 0} busy={task.busy}>{t('organisation-register-do')}</Button>
      </form>
    </Dialog>
  );
}
