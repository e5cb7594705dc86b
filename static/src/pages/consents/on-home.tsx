/** What a patient has to know on their start page: who asks for something, and who looked in an emergency. */
import { sorted, useConsents, useNow } from '../../consents/lists.ts';
import { doctorOf, reasonOf } from '../../consents/words.ts';
import { t } from '../../i18n.ts';
import { Notice } from '../../ui/parts.tsx';
import { when } from '../../when.ts';
import { AskCard } from './ask-card.tsx';

/** How often the page looks whether time ended something, in ms. */
const TICK = 10_000;
/** How long an emergency stays on the start page, in ms: until it has been reviewed at the latest. */
const SHOWN = 72 * 3_600_000;

export function OnHome() {
  const found = useConsents();
  const now = useNow(TICK);
  const all = found.value ?? [];
  const { asked } = sorted(all, now);
  const broken = all.filter((one) => one.break_glass && one.made_at > now - SHOWN);
  return (
    <>
      {broken.map((one) => (
        <Notice key={one.id} meaning="stop" alert>
          <p><strong dir="auto">{t('glass-told', { who: doctorOf(one), time: when(one.made_at, now) })}</strong></p>
          <p dir="auto">{reasonOf(one)}{one.detail === null ? '' : `: ${one.detail}`}</p>
          <p>{one.verdict === null ? t('glass-told-review') : one.verdict === 'justified' ? t('glass-told-justified') : t('glass-told-not-justified')}</p>
          <a class="button" href="/consents">{t('consents-open')}</a>
        </Notice>
      ))}
      {asked.map((one) => <AskCard key={one.id} ask={one} changed={found.reload} />)}
    </>
  );
}
