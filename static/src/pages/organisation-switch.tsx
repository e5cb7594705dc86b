/** For people who belong to several organisations: which one they are in, and going on in another. */
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

import { sentence } from '../api.ts';
import { t } from '../i18n.ts';
import { type Membership, organisations } from '../organisations.ts';
import { toast } from '../ui/toast.tsx';
import { me } from '../who.ts';

/** Those of the person who is here; asked once. */
const mine = signal<{ who: string; list: readonly Membership[] } | null>(null);

export function OrganisationSwitch() {
  const who = me.value;
  const id = who?.kind === 'person' ? who.id : null;
  useEffect(() => {
    if (id === null || mine.peek()?.who === id) return;
    organisations.mine().then((list) => { mine.value = { who: id, list }; }, () => undefined);
  }, [id]);
  const list = mine.value?.who === id ? mine.value.list : [];
  const now = who?.kind === 'person' ? who.organisation?.id : undefined;
  if (list.length < 2 || now === undefined) return null;
  const enter = (next: string): void => {
    // Everything on the page is of the organisation before: it is loaded anew.
    organisations.enter(next).then(() => location.assign('/'), (error: unknown) => toast(sentence(error)));
  };
  return (
    <select class="switch" aria-label={t('organisation-switch')} value={now} onChange={(event) => enter(event.currentTarget.value)}>
      {list.map((one) => <option key={one.id} value={one.id}>{t('organisation-as', { name: one.name, role: t(`role-${one.role}`) })}</option>)}
    </select>
  );
}
