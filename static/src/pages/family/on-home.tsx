/** The children somebody answers for, one step from their home. */
import { Users } from 'lucide';

import { family } from '../../family.ts';
import { t } from '../../i18n.ts';
import { useLoaded } from '../../loaded.tsx';
import { Icon } from '../../ui/icon.tsx';

export function Children() {
  const found = useLoaded(family.children);
  const all = found.value ?? [];
  if (all.length === 0) return null;
  return (
    <nav class="actions" aria-label={t('children-title')}>
      {all.map((one) => <a key={one.id} class="button" href={`/children/${one.id}`}><Icon of={Users} />{t('child-records', { name: one.name })}</a>)}
    </nav>
  );
}
