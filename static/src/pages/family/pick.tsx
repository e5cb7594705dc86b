/** Finding one patient among all by name. */
import { useState } from 'preact/hooks';

import type { Person } from '../../api.ts';
import { t } from '../../i18n.ts';
import { Field } from '../../ui/field.tsx';
import { Empty } from '../../ui/parts.tsx';

/** Patients shown at a time. */
const SHOWN = 10;

/** `name` says to screen readers what choosing somebody does. */
export function Pick({ label, all, name, pick }: { label: string; all: readonly Person[]; name: (one: Person) => string; pick: (one: Person) => void }) {
  const [typed, type] = useState('');
  const words = typed.toLocaleLowerCase().split(/\s+/);
  const found = all.filter((one) => words.every((word) => one.name.toLocaleLowerCase().includes(word)));
  return (
    <>
      <Field label={label} type="search" value={typed} onInput={type} />
      {found.length === 0 && <Empty title={t('nobody-found')}><p>{t('nobody-found-hint')}</p></Empty>}
      <ul class="rows">
        {found.slice(0, SHOWN).map((one) => (
          <li key={one.id} class="row">
            <div class="row-main"><strong dir="auto">{one.name}</strong></div>
            <button type="button" class="button quiet" aria-label={name(one)} onClick={() => pick(one)}>{t('guardian-choose')}</button>
          </li>
        ))}
      </ul>
      {found.length > SHOWN && <p class="hint">{t('guardian-more', { count: found.length - SHOWN })}</p>}
    </>
  );
}
