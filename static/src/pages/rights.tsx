/** "Your data": taking everything along, having something corrected or erased, and who looked. */
import './consents/consents.css';

import { Eye, Pencil } from 'lucide';

import { t } from '../i18n.ts';
import { Icon } from '../ui/icon.tsx';
import { Page } from '../ui/page.tsx';
import { KeyNotice } from './key-card.tsx';
import { Erasing } from './rights/erasing.tsx';
import { Exporting } from './rights/exporting.tsx';

export function RightsPage() {
  return (
    <Page heading={t('rights-title')}>
      <KeyNotice />
      <p>{t('rights-why')}</p>
      <Exporting />
      <section class="stack">
        <h2>{t('correct-title')}</h2>
        <p>{t('correct-why')}</p>
        <div class="actions"><a class="button" href="/records"><Icon of={Pencil} />{t('correct-choose')}</a></div>
      </section>
      <Erasing />
      <section class="stack">
        <h2>{t('looked-title')}</h2>
        <p>{t('rights-looked')}</p>
        <div class="actions"><a class="button" href="/looked"><Icon of={Eye} />{t('looked-title')}</a></div>
      </section>
    </Page>
  );
}
