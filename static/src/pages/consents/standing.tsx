/** What a patient allows the clinic until they take it back: keeping, recording, research; each with its text. */
import { useState } from 'preact/hooks';

import { Problem } from '../../api.ts';
import { type Consent, consentText, consents, STANDING, type Standing } from '../../consents.ts';
import { gift } from '../../consents/approving.ts';
import { standingWord } from '../../consents/words.ts';
import { t } from '../../i18n.ts';
import { keys } from '../../keys.ts';
import { clockOffset } from '../../live.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Check } from '../../ui/field.tsx';
import { Badge, Card, Notice } from '../../ui/parts.tsx';
import { Sure } from '../../ui/sure.tsx';
import { when } from '../../when.ts';
import { me } from '../../who.ts';

/** `ward`: the child whose they are; null for one's own. */
export function StandingConsents({ given, ward, changed }: { given: ReadonlyMap<Standing, Consent>; ward: string | null; changed: () => void }) {
  return (
    <section class="stack">
      <h2>{t('consent-standing-title')}</h2>
      <p>{t('consent-standing-why')}</p>
      {STANDING.map((subject) => <One key={subject} subject={subject} given={given.get(subject) ?? null} ward={ward} changed={changed} />)}
    </section>
  );
}

function One({ subject, given, ward, changed }: { subject: Standing; given: Consent | null; ward: string | null; changed: () => void }) {
  const [asked, ask] = useState(false);
  const [guardian, speak] = useState(false);
  const task = useTask();
  const name = standingWord(subject);
  const give = (): void => task.run(async () => {
    const who = me.peek();
    if (who?.kind !== 'person' || who.organisation === null) return;
    try {
      await consents.give(await gift(subject, { patient: ward ?? who.id, ward: ward !== null }, who.organisation.id, await keys.identity(), guardian));
      changed();
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'guardian_needed' || asked) throw error;
      ask(true);
    }
  });
  const takeBack = (one: Consent): void => task.run(async () => {
    await consents.revoke(one.id);
    changed();
  });
  return (
    <Card>
      <div class="actions">
        <h3>{name}</h3>
        {given === null
          ? <Badge meaning="note">{t('consent-not-given')}</Badge>
          : <Badge meaning="good">{t('consent-given', { time: when(given.decided_at ?? given.made_at, Date.now() + clockOffset.value) })}</Badge>}
      </div>
      <p class="quiet">{consentText(subject)}</p>
      {asked && <Check label={t('consent-guardian-own')} checked={guardian} onChange={speak} />}
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      <div>
        {given === null
          ? <Button busy={task.busy} name={t('consent-give-name', { what: name })} onClick={give}>{t('consent-give')}</Button>
          : <Sure label={t('consent-take-back')} name={t('consent-take-back-name', { what: name })} yes={t('consent-take-back-yes')} busy={task.busy} onYes={() => takeBack(given)}>{t('consent-take-back-sure')}</Sure>}
      </div>
    </Card>
  );
}
