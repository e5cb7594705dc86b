/** What a note asks to have corrected: the record, whether it was changed since, and, for a doctor who may, the way to change it. */
import { Pencil } from 'lucide';
import { useEffect, useState } from 'preact/hooks';

import { t } from '../../i18n.ts';
import type { Correction } from '../../records/content.ts';
import { recordServer, type RecordView } from '../../records/server.ts';
import { Icon } from '../../ui/icon.tsx';
import { Notice } from '../../ui/parts.tsx';
import { me } from '../../who.ts';

/**
 * The note names the record; what the server lists for whoever is here says whether it is theirs to change.
 * One that is further down than the first page of the list is linked all the same.
 */
export function Asks({ corrects, patient }: { corrects: Correction; patient: string }) {
  const [found, setFound] = useState<RecordView | null>(null);
  useEffect(() => {
    recordServer.list({ patient }).then(({ records }) => setFound(records.find((one) => one.id === corrects.record) ?? null), () => undefined);
  }, [patient, corrects.record]);
  const who = me.value;
  const doctor = who?.kind === 'person' && who.role === 'doctor';
  const changes = doctor && found !== null && found.kind !== 'transcript' && !found.restricted;
  const changed = found !== null && found.ver > corrects.ver;
  return (
    <Notice meaning={changed ? 'good' : 'note'}>
      <p>{t('correction-asks', { title: corrects.title })} {changed && t('correction-changed')}</p>
      <div class="actions">
        <a class="button" href={`/records/${corrects.record}`}>{t('correction-see')}</a>
        {changes && <a class="button" href={`/records/${corrects.record}/amend`}><Icon of={Pencil} />{t('correction-change')}</a>}
      </div>
    </Notice>
  );
}
