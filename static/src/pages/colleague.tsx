/** The home of those whose work is not visits: what there is for them here, and nothing that they can't use. */
import { t } from '../i18n.ts';
import { Page } from '../ui/page.tsx';
import { me } from '../who.ts';
import { HomeLinks } from './home-links.tsx';

export function ColleagueHome() {
  const who = me.value;
  if (who?.kind !== 'person') return null;
  return (
    <Page heading={t(`role-${who.role}`)}>
      <HomeLinks />
    </Page>
  );
}
