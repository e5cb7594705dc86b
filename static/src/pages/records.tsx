/** One's records: what was written, measured and photographed, by date, and who can open it. */
import './records/records.css';

import { FilePlus, Users } from 'lucide';
import { useState } from 'preact/hooks';

import { t } from '../i18n.ts';
import { Icon } from '../ui/icon.tsx';
import { Page } from '../ui/page.tsx';
import { me } from '../who.ts';
import { KeyNotice } from './key-card.tsx';
import { Timeline } from './records/timeline.tsx';
import { Sending } from './records/sending.tsx';

export function RecordsPage() {
  const [again, change] = useState(0);
  const who = me.value;
  const doctor = who?.kind === 'person' && who.role === 'doctor';
  return (
    <Page heading={t('records-title')}>
      <KeyNotice />
      <p>{doctor ? t('records-why-doctor') : t('records-why')}</p>
      <div class="actions">
        {doctor
          ? <a class="button primary" href="/patients"><Icon of={Users} />{t('patients-title')}</a>
          : <a class="button primary" href="/records/add"><Icon of={FilePlus} />{t('file-add')}</a>}
      </div>
      <Sending done={() => change((count) => count + 1)} />
      <Timeline patient={null} again={again} empty={doctor ? t('records-empty-doctor') : t('records-empty-hint')} />
    </Page>
  );
}
