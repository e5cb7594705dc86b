/** A patient's consents: what is asked of them, who can see what now, what the clinic may, and what was. */
import type { Consent } from '../../consents.ts';
import { sorted, useConsents, useNow } from '../../consents/lists.ts';
import { t } from '../../i18n.ts';
import { Show } from '../../loaded.tsx';
import { Empty } from '../../ui/parts.tsx';
import { AskCard } from './ask-card.tsx';
import { LiveGrant } from './live-grant.tsx';
import { Past } from './past.tsx';
import { StandingConsents } from './standing.tsx';

/** How often a page looks whether time ended something, in ms. */
const TICK = 1_000;

export function PatientConsents() {
  const found = useConsents();
  return <Show of={found}>{(all) => <All all={all} changed={found.reload} />}</Show>;
}

function All({ all, changed }: { all: readonly Consent[]; changed: () => void }) {
  const { asked, live, standing, past } = sorted(all, useNow(TICK));
  return (
    <>
      {asked.length > 0 && (
        <section class="stack">
          <h2>{t('consent-asked-title')}</h2>
          {asked.map((one) => <AskCard key={one.id} ask={one} changed={changed} />)}
        </section>
      )}
      <section class="stack">
        <h2>{t('consent-live-title')}</h2>
        {live.length === 0 && <Empty title={t('consent-live-none')}><p>{t('consent-live-none-hint')}</p></Empty>}
        {live.map((one) => <LiveGrant key={one.id} grant={one} changed={changed} />)}
      </section>
      <StandingConsents given={standing} changed={changed} />
      <Past past={past} doctor={false} />
      <p><a href="/looked">{t('looked-title')}</a></p>
    </>
  );
}
