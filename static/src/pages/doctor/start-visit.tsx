/** A doctor's own start of a visit: with a patient from the list, or with somebody who has only a phone. */
import { useEffect, useState } from 'preact/hooks';

import { api, type Person, type PhonePatient } from '../../api.ts';
import { t } from '../../i18n.ts';
import { go, visitPath } from '../../router.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { Empty, Notice, Skeleton } from '../../ui/parts.tsx';
import type { VisitView } from '../../wire.ts';
import { PhoneVisit } from '../links/phone-visit.tsx';

export function StartVisit({ close, phoned }: { close: () => void; phoned: (visit: VisitView, patient: PhonePatient) => void }) {
  const [patients, setPatients] = useState<Person[] | null>(null);
  const [search, setSearch] = useState('');
  const task = useTask();
  useEffect(() => task.run(async () => setPatients(await api.people('patient'))), []);
  const start = (patient: Person): void =>
    task.run(async () => go(visitPath((await api.makeVisit({ patient: patient.id })).id)));
  const found = patients?.filter((one) => one.name.toLocaleLowerCase().includes(search.trim().toLocaleLowerCase())) ?? [];
  return (
    <Dialog title={t('start-visit')} onClose={close}>
      <Field label={t('find-patient')} type="search" value={search} onInput={setSearch} />
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      {patients === null && task.error === null && <Skeleton />}
      {patients !== null && found.length === 0 && <Empty title={t('nobody-found')}><p>{t('nobody-found-hint')}</p></Empty>}
      <ul class="rows">
        {found.map((one) => (
          <li key={one.id} class="row">
            <div class="row-main"><strong dir="auto">{one.name}</strong></div>
            <Button kind="quiet" disabled={task.busy} name={t('start-with', { name: one.name })} onClick={() => start(one)}>{t('start-verb')}</Button>
          </li>
        ))}
      </ul>
      <details>
        <summary>{t('visit-whose-phone')}</summary>
        <PhoneVisit doctor={null} ready made={phoned} />
      </details>
    </Dialog>
  );
}
