/** The API's page for those who write programs: every operation, drawn from the server's own description. */
import './docs/docs.css';

import { useMemo, useState } from 'preact/hooks';

import { Problem } from '../api.ts';
import { t } from '../i18n.ts';
import { Show, useLoaded } from '../loaded.tsx';
import { describe, type Description, grouped, search } from '../openapi.ts';
import { Field } from '../ui/field.tsx';
import { Page } from '../ui/page.tsx';
import { Empty } from '../ui/parts.tsx';
import { OperationEntry } from './docs/operation.tsx';

const DOCUMENT = '/api/openapi.json';

async function fetched(): Promise<Description> {
  let response: Response;
  try {
    response = await fetch(DOCUMENT, { credentials: 'same-origin' });
  } catch {
    throw new Problem('unreachable', 0, t('problem-unreachable'));
  }
  if (!response.ok) throw new Problem('unexpected', response.status, t('problem-server', { status: response.status }));
  try {
    return describe(await response.json());
  } catch {
    throw new Problem('unreadable', response.status, t('problem-unreadable'));
  }
}

export function DocsPage() {
  const found = useLoaded(fetched);
  return (
    <Page heading={t('docs-title')}>
      <p>{t('docs-why')} <a href={DOCUMENT} target="_blank" rel="noopener">{t('docs-document')}</a></p>
      <Show of={found} rows={8}>{(description) => <Docs description={description} />}</Show>
    </Page>
  );
}

function Docs({ description }: { description: Description }) {
  const [wanted, setWanted] = useState('');
  const shown = useMemo(() => search(description.operations, wanted), [description, wanted]);
  const groups = grouped(shown);
  return (
    <>
      <p class="quiet">{t('docs-version', { title: description.title, version: description.version, base: description.base })}</p>
      <Field label={t('docs-search')} hint={t('docs-search-hint')} type="search" value={wanted} onInput={setWanted} />
      <p role="status" class="quiet">{t('docs-count', { count: shown.length })}</p>
      {shown.length === 0 && <Empty title={t('docs-none')}><p>{t('docs-none-hint')}</p></Empty>}
      {groups.map(([name, operations]) => (
        <section key={name} class="stack">
          <h2>{name}</h2>
          <div class="operations">{operations.map((one) => <OperationEntry key={one.id} one={one} />)}</div>
        </section>
      ))}
    </>
  );
}
