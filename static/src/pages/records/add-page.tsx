/** A patient adds a paper or a picture to their record. */
import './records.css';

import { t } from '../../i18n.ts';
import { Page } from '../../ui/page.tsx';
import { me } from '../../who.ts';
import { KeyNotice } from '../key-card.tsx';
import { AddFile } from './add.tsx';
import { Sending } from './sending.tsx';

export function AddPage() {
  const who = me.value;
  if (who?.kind !== 'person') return null;
  return (
    <Page heading={t('file-add')}>
      <KeyNotice />
      <Sending patient={who.id} done={() => undefined} />
      <AddFile patient={who.id} />
      <div><a class="button" href="/records">{t('records-back')}</a></div>
    </Page>
  );
}
