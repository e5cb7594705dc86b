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

/** `ward`: the name of the child whose consents these are; null for one's own. */
export function PatientConsents({ patient, ward }: { patient: string; ward: string | null }) {
  const found = useConsents();
  return <Show of={found}>{(all) => <All all={all} patient={patient} ward={ward} changed={found.reload} />}</Show>;
}

function All({ all, patient, ward, changed }: { all: readonly Consent[]; patient: string; ward: string | null; changed: () => void }) {
  const { asked, live, standing, past } = sorted(all.filter((one) => one.patient_id === patient), useNow(TICK));
  const others = new Map(all.filter((one) => one.patient_id !== patient).map((one) => [one.patient_id, one.patient]));
  return (
    <>
      {ward === null && others.size > 0 && <nav class="actions" aria-label={t('consents-of-children')}>{[...others].map(([id, name]) => <a key={id} class="button" href={`/children/${id}/consents`}>{t('consents-of-child', { name })}</a>)}</nav>}
      {asked.length > 0 && (
        <section class="stack">
          <h2>{ward === null ? t('consent-asked-title') : t('consent-asked-ward', { name: ward })}</h2>
          {asked.map((one) => <AskCard key={one.id} ask={one} changed={changed} />)}
        </section>
      )}
      <section class="stack">
        <h2>{t('consent-live-title')}</h2>
        {live.length === 0 && <Empty title={t('consent-live-none')}><p>{t('consent-live-none-hint')}</p></Empty>}
        {live.map((one) => <LiveGrant key={one.id} grant={one} changed={changed} />)}
      </section>
      <StandingConsents given={standing} ward={ward === null ? null : patient} changed={changed} />
      <Past past={past} doctor={false} />
      {ward === null && <p><a href="/looked">{t('looked-title')}</a></p>}
    </>
  );
}
