/** Which entries to show: who, about whom, what, from when to when. */
import { useState } from 'preact/hooks';

import type { Person } from '../../api.ts';
import { ACTIONS, ALL, deed, type Filter } from '../../audit.ts';
import { t } from '../../i18n.ts';
import { Button } from '../../ui/button.tsx';
import { Choose, Field } from '../../ui/field.tsx';
import { Card } from '../../ui/parts.tsx';

interface FilterProps {
  people: readonly Person[];
  busy: boolean;
  show: (filter: Filter) => void;
}

function named(people: readonly Person[], all: string): { value: string; label: string }[] {
  const sorted = [...people].sort((a, b) => a.name.localeCompare(b.name));
  return [{ value: '', label: all }, ...sorted.map((one) => ({ value: one.id, label: `${one.name} · ${t(`role-${one.role}`)}` }))];
}

export function FilterForm({ people, busy, show }: FilterProps) {
  const [draft, setDraft] = useState<Filter>(ALL);
  const put = (part: Partial<Filter>): void => setDraft({ ...draft, ...part });
  const actions = ACTIONS.map((one) => ({ value: one, label: deed(one, 'other') })).sort((a, b) => a.label.localeCompare(b.label));
  const narrowed = JSON.stringify(draft) !== JSON.stringify(ALL);
  return (
    <Card>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); show(draft); }}>
        <div class="pair-fields">
          <Choose label={t('audit-who')} value={draft.actor} onChange={(actor) => put({ actor })} options={named(people, t('audit-anybody'))} />
          <Choose label={t('audit-about-whom')} value={draft.about} onChange={(about) => put({ about })} options={named(people.filter((one) => one.role === 'patient'), t('audit-anybody'))} />
          <Choose label={t('audit-what')} value={draft.action} onChange={(action) => put({ action })} options={[{ value: '', label: t('audit-anything') }, ...actions]} />
          <Field label={t('audit-from')} type="date" value={draft.from} onInput={(from) => put({ from })} max={draft.to} />
          <Field label={t('audit-to')} type="date" value={draft.to} onInput={(to) => put({ to })} min={draft.from} />
        </div>
        <div class="actions">
          <Button kind="primary" submit busy={busy}>{t('audit-show')}</Button>
          {narrowed && <Button onClick={() => { setDraft(ALL); show(ALL); }}>{t('audit-all')}</Button>}
        </div>
      </form>
    </Card>
  );
}
