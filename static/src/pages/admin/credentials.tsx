/** Doctors' registrations: those that wait for somebody first, and the register they are compared with. */
import { t } from '../../i18n.ts';
import { type Credential, credentials, type CredentialState, steps } from '../../credentials.ts';
import { Show, useLoaded } from '../../loaded.tsx';
import { Badge, Empty, type Meaning } from '../../ui/parts.tsx';
import { Registry } from './registry.tsx';

export const MEANING: Record<CredentialState, Meaning> = {
  submitted: 'wait', checked: 'wait', matched: 'wait', active: 'good', expiring: 'wait', expired: 'stop', suspended: 'stop', refused: 'stop',
};

/** Whether an administrator is expected to do something: a suspended one waits for nobody. */
function waits(one: Credential): boolean {
  return steps(one.state).length > 1;
}

export function CredentialsSection() {
  const found = useLoaded(credentials.list);
  return (
    <>
      <p>{t('credentials-why')}</p>
      <Show of={found} rows={4}>{(all) => (
        <>
          {all.length === 0 && <Empty title={t('credentials-empty')}><p>{t('credentials-empty-hint')}</p></Empty>}
          <Group title={t('credentials-waiting')} list={all.filter(waits)} />
          <Group title={t('credentials-rest')} list={all.filter((one) => !waits(one))} />
        </>
      )}</Show>
      <Registry done={found.reload} />
    </>
  );
}

function Group({ title, list }: { title: string; list: readonly Credential[] }) {
  if (list.length === 0) return null;
  return (
    <section class="stack">
      <h2>{title}</h2>
      <ul class="rows">
        {list.map((one) => (
          <li key={one.id} class="visit-row">
            <div class="row-main">
              <strong dir="auto">{one.name}</strong>
              <span class="quiet" dir="auto">{[one.qualification, one.council, one.number].join(' · ')}</span>
            </div>
            <Badge meaning={MEANING[one.state]}>{t(`credential-${one.state}`)}</Badge>
            <a class="button quiet" href={`/admin/doctors/${one.id}`} aria-label={t('with-who', { label: t('look-at'), name: one.name })}>{t('look-at')}</a>
          </li>
        ))}
      </ul>
    </section>
  );
}
