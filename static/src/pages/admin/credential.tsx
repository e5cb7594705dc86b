/** One doctor's registration: what was given, the papers, what comes next and what was done. */
import { FileText } from 'lucide';

import { type Credential, credentials, type CredentialEvent } from '../../credentials.ts';
import { t } from '../../i18n.ts';
import { clockOffset } from '../../live.ts';
import { Show, useLoaded } from '../../loaded.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Page } from '../../ui/page.tsx';
import { Badge, Notice } from '../../ui/parts.tsx';
import { day, paperDay, when } from '../../when.ts';
import { CredentialSteps } from './credential-steps.tsx';
import { MEANING } from './credentials.tsx';

export function CredentialPage({ id }: { id: string }) {
  const found = useLoaded(() => credentials.one(id));
  return (
    <Page heading={t('credential-title')}>
      <Show of={found} rows={5}>{(one) => (
        <>
          <p class="card-title" dir="auto">{one.name} <Badge meaning={MEANING[one.state]}>{t(`credential-${one.state}`)}</Badge></p>
          {one.suspended_why !== null && one.state === 'suspended' && <Notice meaning="stop"><p>{t('credential-suspended-why', { why: one.suspended_why })}</p></Notice>}
          <CredentialFacts one={one} />
          <Documents one={one} />
          <CredentialSteps one={one} changed={found.set} />
          <History list={one.history} />
        </>
      )}</Show>
      <div><a class="button" href="/admin/doctors">{t('credentials-back')}</a></div>
    </Page>
  );
}

export function CredentialFacts({ one }: { one: Credential }) {
  return (
    <dl class="known">
      <dt>{t('qualification')}</dt><dd dir="auto">{one.qualification}</dd>
      <dt>{t('council')}</dt><dd dir="auto">{one.council}</dd>
      <dt>{t('registration-number')}</dt><dd>{one.number}</dd>
      {one.specialty !== '' && <><dt>{t('specialty')}</dt><dd dir="auto">{one.specialty}</dd></>}
      <dt>{t('valid-until')}</dt><dd>{paperDay(one.valid_until)}</dd>
      {one.verified_on !== null && <><dt>{t('verified-on')}</dt><dd>{day(one.verified_on)}</dd></>}
    </dl>
  );
}

function Documents({ one }: { one: Credential }) {
  return (
    <section class="stack">
      <h2>{t('documents')}</h2>
      {one.documents.length === 0 && <p class="quiet">{t('documents-none')}</p>}
      {one.documents.length > 0 && <p class="hint">{t('documents-look')}</p>}
      <ul class="rows">
        {one.documents.map((doc) => (
          <li key={doc.id} class="visit-row">
            <div class="row-main"><strong dir="auto">{doc.name}</strong><span class="quiet">{t('document-size', { kind: shortKind(doc.kind), size: kilobytes(doc.size) })}</span></div>
            <a class="button quiet" href={credentials.documentUrl(one.id, doc.id)} target="_blank" rel="noopener" aria-label={t('with-who', { label: t('document-open'), name: doc.name })}>
              <Icon of={FileText} />{t('document-open')}
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** "application/pdf" as people say it: PDF. */
export function shortKind(kind: string): string {
  return (kind.split('/').at(-1) ?? kind).toUpperCase();
}

export function kilobytes(bytes: number): number {
  return Math.max(1, Math.round(bytes / 1000));
}

function History({ list }: { list: readonly CredentialEvent[] }) {
  const now = Date.now() + clockOffset.value;
  return (
    <section class="stack">
      <h2>{t('history')}</h2>
      <ol class="happened">
        {[...list].sort((a, b) => b.at - a.at).map((event) => (
          <li key={`${event.at} ${event.to}`}>
            <p><strong>{t(`happened-${event.to}`)}</strong> <span class="quiet">{t('by-at', { name: event.by ?? t('the-server'), time: when(event.at, now) })}</span></p>
            {event.why !== null && event.why !== '' && <p dir="auto">{event.why}</p>}
          </li>
        ))}
      </ol>
    </section>
  );
}
