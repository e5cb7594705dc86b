/** What stands around every page: the switch between organisations, and what staff have to know or answer now. */
import { withTexts } from '../texts.ts';
import { atHead, besideBrand } from '../ui/page.tsx';
import { me } from '../who.ts';
import { OrganisationSwitch } from './organisation-switch.tsx';

export async function around(): Promise<void> {
  besideBrand.value = OrganisationSwitch;
  const who = me.peek();
  if (who?.kind === 'person' && who.role !== 'patient') atHead.value = (await withTexts('records', withTexts('consent', import('./heard.tsx')))).Heard;
}
