/** One operation of the API: who may, what goes in, what comes out. */
import { useState } from 'preact/hooks';

import { t } from '../../i18n.ts';
import type { Body, FieldRow, Operation } from '../../openapi.ts';
import { Table } from '../../ui/parts.tsx';
import { ROLES } from '../../wire.ts';

/** Those who may that are no roles. */
const GROUPS = ['anyone', 'session', 'signed_in', 'person'] as const;

export function OperationEntry({ one }: { one: Operation }) {
  // Drawn when first opened: a hundred operations have thousands of rows.
  const [opened, open] = useState(false);
  return (
    <details class="operation" onToggle={(event) => event.currentTarget.open && open(true)}>
      <summary><code class="method">{one.method}</code> <code>{one.path}</code> <span class="quiet">{one.summary}</span></summary>
      {opened && <Inside one={one} />}
    </details>
  );
}

/** Who may, in words. */
function mayWords(may: readonly string[]): string {
  if (may.length === 0) return t('docs-may-unsaid');
  return may.map((word) => {
    const role = ROLES.find((one) => one === word);
    if (role !== undefined) return t(`role-${role}`);
    const group = GROUPS.find((one) => one === word);
    return group === undefined ? word : t(`docs-may-${group.replace('_', '-')}`);
  }).join(', ');
}

function Inside({ one }: { one: Operation }) {
  return (
    <div class="operation-inside">
      {one.what !== '' && one.what !== one.summary && <p>{one.what}</p>}
      <p>{t('docs-may', { who: mayWords(one.may) })}{one.fresh && <> {t('docs-fresh')}</>}</p>
      {one.scope !== null && <p>{t('docs-scope')} <code>{one.scope}</code></p>}
      {one.audit !== null && <p class="quiet">{t('docs-audit')} <code>{one.audit}</code></p>}
      {one.parameters.length > 0 && (
        <section>
          <h3>{t('docs-parameters')}</h3>
          <Rows caption={t('docs-parameters-of', { name: one.id })} rows={one.parameters.map((row) => ({ ...row, what: [row.where, row.what].filter(Boolean).join(' · ') }))} />
        </section>
      )}
      {one.body !== null && (
        <section>
          <h3>{t('docs-body')}</h3>
          <BodyOf body={one.body} caption={t('docs-body-of', { name: one.id })} />
        </section>
      )}
      <section>
        <h3>{t('docs-answers')}</h3>
        {one.answers.map((answer) => (
          <div key={answer.status} class="answer">
            <p><strong><code>{answer.status}</code></strong> {answer.what}</p>
            {answer.body !== null && <BodyOf body={answer.body} caption={t('docs-answer-of', { status: answer.status, name: one.id })} />}
          </div>
        ))}
      </section>
    </div>
  );
}

function BodyOf({ body, caption }: { body: Body; caption: string }) {
  return (
    <>
      <p class="quiet"><code>{body.media}</code> {body.type}</p>
      {body.fields.length > 0 && <Rows caption={caption} rows={body.fields} />}
    </>
  );
}

function Rows({ caption, rows }: { caption: string; rows: readonly FieldRow[] }) {
  return (
    <Table
      caption={caption}
      head={[t('name'), t('docs-type'), t('docs-needed'), t('docs-what')]}
      rows={rows.map((row) => ({ key: row.name, cells: [<code>{row.name}</code>, row.type, row.required ? t('docs-yes') : '', row.what] }))}
    />
  );
}
