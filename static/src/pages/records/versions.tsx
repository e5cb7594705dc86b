/** What a record said before: every version, who made it and when. Nothing is ever overwritten. */
import { t } from '../../i18n.ts';
import { clockOffset } from '../../live.ts';
import type { RecordView, VersionView } from '../../records/server.ts';
import { when } from '../../when.ts';

export function Versions({ record, versions, shown }: { record: RecordView; versions: readonly VersionView[]; shown: number }) {
  if (versions.length < 2) return null;
  const now = Date.now() + clockOffset.value;
  return (
    <section class="stack">
      <h2>{t('versions')}</h2>
      <p class="hint">{t('versions-hint')}</p>
      <ol class="rows">
        {[...versions].reverse().map((one) => (
          <li key={one.ver} class="visit-row">
            <div class="row-main">
              <strong>{one.ver === 1 ? t('version-first') : t('version-changed', { time: when(one.at, now) })}</strong>
              <span class="quiet" dir="auto">{[one.author, one.ver === 1 ? when(one.at, now) : null].filter(Boolean).join(' · ')}</span>
            </div>
            {one.ver === shown
              ? <span class="quiet">{t('version-shown')}</span>
              : <a class="button quiet" href={one.ver === record.ver ? `/records/${record.id}` : `/records/${record.id}/${one.ver}`} aria-label={t('version-open-name', { number: one.ver })}>{t('version-open')}</a>}
          </li>
        ))}
      </ol>
    </section>
  );
}
