/** The home of pharmacists and researchers: what there is for them here, and nothing that they can't use. */
import './admin/admin.css';

import { locale, t } from '../i18n.ts';
import { Show, useLoaded } from '../loaded.tsx';
import { organisations, type Organisation } from '../organisations.ts';
import { Page } from '../ui/page.tsx';
import { Card, Empty } from '../ui/parts.tsx';
import { me } from '../who.ts';
import { dayName } from './admin/hours.tsx';
import { HomeLinks } from './home-links.tsx';

export function ColleagueHome() {
  const own = useLoaded(organisations.own);
  const who = me.value;
  if (who?.kind !== 'person') return null;
  const pharmacist = who.role === 'pharmacist';
  return (
    <Page heading={pharmacist ? t('pharmacist-title') : t('researcher-title')}>
      <Empty title={pharmacist ? t('pharmacist-empty') : t('researcher-empty')}>
        <p>{pharmacist ? t('pharmacist-empty-hint') : t('researcher-empty-hint')}</p>
      </Empty>
      <Show of={own}>{(organisation) => <Place organisation={organisation} />}</Show>
      <HomeLinks />
    </Page>
  );
}

/** Where one works here, and when somebody can be reached. */
function Place({ organisation }: { organisation: Organisation }) {
  const { name, phone, address, hours } = organisation;
  return (
    <Card>
      <h2 dir="auto">{name}</h2>
      <dl class="known">
        {phone !== null && phone !== '' && <><dt>{t('phone')}</dt><dd><a href={`tel:${phone}`}>{phone}</a></dd></>}
        {address !== null && address !== '' && <><dt>{t('address')}</dt><dd dir="auto">{address}</dd></>}
        {hours.length > 0 && <><dt>{t('hours')}</dt><dd>{hours.map((one) => <div key={`${one.day} ${one.from}`}>{t('hours-of', { day: dayName(one.day, locale.value), from: one.from, to: one.to })}</div>)}</dd></>}
      </dl>
    </Card>
  );
}
