/** Audit entries in plain words, the newest first, each with its number in the chain. */
import type { Person } from '../../api.ts';
import { type AuditEntry, deed } from '../../audit.ts';
import { t } from '../../i18n.ts';
import { clockOffset } from '../../live.ts';
import { Badge, Table } from '../../ui/parts.tsx';
import { when } from '../../when.ts';
import { ROLES } from '../../wire.ts';

export function Entries({ entries, people }: { entries: readonly AuditEntry[]; people: readonly Person[] }) {
  const now = Date.now() + clockOffset.value;
  const about = (one: AuditEntry): preact.ComponentChildren => {
    const name = one.about_name ?? people.find((person) => person.id === one.about)?.name;
    return name === undefined ? '' : <span dir="auto">{name}</span>;
  };
  return (
    <Table
      caption={t('audit-title')}
      head={[t('audit-when'), t('audit-who'), t('audit-what'), t('audit-about-whom'), t('audit-where')]}
      rows={entries.map((one) => ({
        key: String(one.seq),
        cells: [
          <span>{when(one.at, now)}<br /><span class="quiet">{t('audit-number', { number: String(one.seq) })}</span></span>,
          <Who one={one} />,
          <What one={one} />,
          about(one),
          one.address ?? '',
        ],
      }))}
    />
  );
}

function Who({ one }: { one: AuditEntry }) {
  const role = ROLES.find((known) => known === one.role);
  return (
    <span>
      <span dir="auto">{one.actor_name ?? t('audit-nobody')}</span>
      {role !== undefined && <span class="quiet"> · {t(`role-${role}`)}</span>}
    </span>
  );
}

function What({ one }: { one: AuditEntry }) {
  const refused = one.outcome >= 400;
  return (
    <span>
      {deed(one.action, 'other')}
      {refused && <> <Badge meaning="stop">{t('audit-refused', { status: String(one.outcome) })}</Badge></>}
    </span>
  );
}
