/** A doctor's consents: whom they asked, what they may see now, and what was. */
import { Hand, Siren } from 'lucide';

import type { Consent } from '../../consents.ts';
import { sorted, useConsents, useNow } from '../../consents/lists.ts';
import { doctorOf, whatOf } from '../../consents/words.ts';
import { t } from '../../i18n.ts';
import { Show } from '../../loaded.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Badge, Empty } from '../../ui/parts.tsx';
import { when } from '../../when.ts';
import { me } from '../../who.ts';
import { Past } from './past.tsx';
import { WaitingAsk } from './waiting.tsx';

/** How often a page looks whether time ended something, in ms. */
const TICK = 5_000;

export function DoctorConsents() {
  const found = useConsents();
  return (
    <>
      <div class="actions">
        <a class="button primary" href="/consents/ask"><Icon of={Hand} />{t('ask-title')}</a>
        <a class="button" href="/consents/emergency"><Icon of={Siren} />{t('glass-title')}</a>
      </div>
      <Show of={found}>{(all) => <All all={all} changed={found.reload} />}</Show>
    </>
  );
}

function All({ all, changed }: { all: readonly Consent[]; changed: () => void }) {
  const now = useNow(TICK);
  const { asked, live, past } = sorted(all, now);
  const who = me.value;
  const mine = live.filter((one) => who?.kind === 'person' && one.grantee?.id === who.id);
  const others = live.filter((one) => !mine.includes(one));
  return (
    <>
      {asked.length > 0 && (
        <section class="stack">
          <h2>{t('waiting-title')}</h2>
          {asked.map((one) => <WaitingAsk key={one.id} ask={one} changed={changed} />)}
        </section>
      )}
      <section class="stack">
        <h2>{t('grants-title')}</h2>
        {mine.length === 0 && <Empty title={t('grants-none')}><p>{t('grants-none-hint')}</p></Empty>}
        <ul class="rows">{mine.map((one) => <Grant key={one.id} grant={one} now={now} />)}</ul>
        {others.map((one) => <p key={one.id} class="quiet" dir="auto">{t('grants-of-other', { name: doctorOf(one), patient: one.patient })}</p>)}
      </section>
      <Past past={past} doctor />
    </>
  );
}

function Grant({ grant, now }: { grant: Consent; now: number }) {
  return (
    <li class="row">
      <div class="row-main">
        <strong dir="auto">{grant.patient}</strong>
        <span>{whatOf(grant.kinds)}</span>
        {grant.until !== null && <span class="quiet">{t('consent-until', { time: when(grant.until, now) })}</span>}
      </div>
      {grant.break_glass && <Badge meaning="stop">{t('glass-emergency')}</Badge>}
      <a class="button quiet" href={`/consents/${grant.id}`} aria-label={t('grants-open-name', { name: grant.patient })}>{t('grants-open')}</a>
    </li>
  );
}
