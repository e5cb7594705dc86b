/** What an organisation is and how it works: name, languages, hours, policy. */
import { useEffect, useState } from 'preact/hooks';

import { t } from '../../i18n.ts';
import { type Loaded, Show } from '../../loaded.tsx';
import { type Organisation, organisations } from '../../organisations.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Field, TextArea } from '../../ui/field.tsx';
import { Card, Notice } from '../../ui/parts.tsx';
import { toast } from '../../ui/toast.tsx';
import { HoursFields } from './hours.tsx';
import { PolicyFields } from './policy.tsx';
import { LanguageFields, ZoneField } from './place.tsx';

export function SettingsSection({ own }: { own: Loaded<Organisation> }) {
  return <Show of={own} rows={6}>{(organisation) => <Settings key={organisation.id} organisation={organisation} saved={own.set} />}</Show>;
}

function Settings({ organisation, saved }: { organisation: Organisation; saved: (organisation: Organisation) => void }) {
  const [draft, setDraft] = useState(organisation);
  const task = useTask();
  const put = (part: Partial<Organisation>): void => setDraft({ ...draft, ...part });
  const changed = JSON.stringify(draft) !== JSON.stringify(organisation);
  useWarnedOfLoss(changed);
  const save = (): void =>
    task.run(async () => {
      const { name, zone, languages, phone, address, hours, policy } = draft;
      const said = (text: string | null): string | null => text?.trim() || null;
      const next = await organisations.change({ name: name.trim(), zone, languages, phone: said(phone), address: said(address), hours, policy });
      saved(next);
      setDraft(next);
      toast(t('settings-saved'));
    });
  return (
    <form class="stack" onSubmit={(event) => { event.preventDefault(); save(); }}>
      <Card>
        <fieldset class="group">
          <legend>{t('settings-place')}</legend>
          <Field label={t('organisation-name')} value={draft.name} onInput={(name) => put({ name })} required maxLength={100} />
          <div class="pair-fields">
            <Field label={t('phone')} hint={t('phone-hint')} type="tel" value={draft.phone ?? ''} onInput={(phone) => put({ phone })} maxLength={30} />
            <ZoneField zone={draft.zone} choose={(zone) => put({ zone })} />
          </div>
          <TextArea label={t('address')} value={draft.address ?? ''} onInput={(address) => put({ address })} maxLength={300} rows={2} />
        </fieldset>
        <LanguageFields chosen={draft.languages} choose={(languages) => put({ languages })} />
      </Card>
      <Card><HoursFields hours={draft.hours} change={(hours) => put({ hours })} /></Card>
      <Card><PolicyFields policy={draft.policy} change={(policy) => put({ policy })} /></Card>
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      <div class="actions">
        <Button kind="primary" submit disabled={!changed || draft.languages.length === 0} busy={task.busy}>{t('save')}</Button>
        {changed && <Button onClick={() => setDraft(organisation)}>{t('settings-undo')}</Button>}
      </div>
    </form>
  );
}

/** The browser asks before the page is closed with something unsaved on it. */
function useWarnedOfLoss(unsaved: boolean): void {
  useEffect(() => {
    if (!unsaved) return undefined;
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [unsaved]);
}
