/** Somebody who can see something now: what, until when, how that was allowed; and taking it back. */
import { type Consent, consents } from '../../consents.ts';
import { doctorOf, reasonOf, whatOf } from '../../consents/words.ts';
import { t } from '../../i18n.ts';
import { later } from '../../later.tsx';
import { clockOffset } from '../../live.ts';
import { useTask } from '../../task.ts';
import { withTexts } from '../../texts.ts';
import { Badge, Card, Notice } from '../../ui/parts.tsx';
import { Sure } from '../../ui/sure.tsx';
import { toast } from '../../ui/toast.tsx';
import { when } from '../../when.ts';

const ConsentProof = later(async () => (await withTexts('ledger', import('../ledger/consent-proof.tsx'))).ConsentProof);

export function LiveGrant({ grant, changed }: { grant: Consent; changed: () => void }) {
  const task = useTask();
  const now = Date.now() + clockOffset.value;
  const name = grant.grantee?.name ?? '';
  const revoke = (): void => task.run(async () => {
    await consents.revoke(grant.id);
    toast(t('consent-revoked', { name }));
    changed();
  });
  return (
    <Card strong={grant.break_glass}>
      <div class="actions">
        <p class="consent-says" dir="auto">{doctorOf(grant)}</p>
        {grant.break_glass && <Badge meaning="stop">{t('glass-emergency')}</Badge>}
      </div>
      <Facts consent={grant} />
      {grant.break_glass && <Notice meaning="note"><p>{t('glass-patient-why')}</p></Notice>}
      {grant.until !== null && <p>{t('consent-until', { time: when(grant.until, now) })}</p>}
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      {!grant.break_glass && <div><Sure label={t('consent-revoke')} name={t('consent-revoke-name', { name })} yes={t('consent-revoke-yes')} busy={task.busy} onYes={revoke}>{t('consent-revoke-sure', { name })}</Sure></div>}
      <ConsentProof consent={grant} />
    </Card>
  );
}

/** What was agreed, and how. */
export function Facts({ consent }: { consent: Consent }) {
  const places = consent.departments ?? [];
  return (
    <dl class="consent-facts">
      <dt>{t('consent-what')}</dt><dd>{whatOf(consent.kinds)}</dd>
      {places.length > 0 && <><dt>{t('consent-places')}</dt><dd dir="auto">{places.join(', ')}</dd></>}
      {consent.why !== null && <><dt>{t('consent-because')}</dt><dd>{reasonOf(consent)}</dd></>}
      {consent.detail !== null && <><dt>{t('glass-said')}</dt><dd dir="auto">{consent.detail}</dd></>}
      {consent.how !== null && <><dt>{t('consent-how')}</dt><dd>{howOf(consent)}</dd></>}
    </dl>
  );
}

function howOf({ how, asserted, guardian, witness }: Consent): string {
  const said = how === null ? '' : t(`consent-how-${how.replace('_', '-')}`);
  const by = guardian === null ? '' : ` ${t('consent-by-guardian', { name: guardian.name })}`;
  const heard = how === 'witness' && witness !== null ? ` ${t('consent-witness', { name: witness.name })}` : '';
  return `${said}${by}${heard}${asserted ? ` ${t('consent-asserted')}` : ''}`;
}
