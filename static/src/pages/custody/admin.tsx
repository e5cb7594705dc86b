/** For administrators: the key with which the clinic opens records, renewing it, and blocks that are not what they were. */
import { useEffect, useState } from 'preact/hooks';

import { type BlockAlarm, type ClinicKeys, custody, type KeptKey } from '../../custody.ts';
import { t } from '../../i18n.ts';
import { clockOffset } from '../../live.ts';
import { type Loaded, Show, useLoaded } from '../../loaded.tsx';
import { useTask } from '../../task.ts';
import { Badge, Card, Empty, type Meaning, Notice, Table } from '../../ui/parts.tsx';
import { Sure } from '../../ui/sure.tsx';
import { toast } from '../../ui/toast.tsx';
import { when } from '../../when.ts';
import { Fingerprint } from './fingerprint.tsx';

/** How often the page asks how far a renewal is, in ms. */
const PROGRESS = 2_000;
const MEANING: Record<KeptKey['status'], Meaning> = { live: 'good', retiring: 'wait', retired: 'note' };

/** `operator`: it is the organisation that runs the server. */
export function CustodySection({ operator }: { operator: boolean }) {
  const found = useLoaded(custody.keys);
  return (
    <>
      <p>{t('custody-admin-why')}</p>
      <Show of={found}>{(of) => <Keys of={of} found={found} />}</Show>
      {operator && <Alarms />}
    </>
  );
}

function Keys({ of, found }: { of: ClinicKeys; found: Loaded<ClinicKeys> }) {
  const [from, begin] = useState<number | null>(null);
  const task = useTask();
  const retiring = of.older.filter((one) => one.status === 'retiring');
  const left = retiring.reduce((sum, one) => sum + (one.versions ?? 0), 0);
  const all = Math.max(from ?? 0, left);
  const busy = retiring.length > 0;
  useEffect(() => {
    if (!busy) return undefined;
    const timer = setInterval(found.reload, PROGRESS);
    return () => clearInterval(timer);
  }, [busy]);
  const rotate = (): void => task.run(async () => {
    begin(of.key?.versions ?? 0);
    await custody.rotate();
    toast(t('rotate-begun'));
    found.reload();
  });
  const unusable = [of.key, ...of.older].some((one) => one?.usable === false && (one.versions ?? 0) > 0);
  return (
    <>
      <Notice meaning={of.custody === 'patient-only' ? 'note' : 'wait'}><p>{of.custody === 'patient-only' ? t('custody-admin-patient') : t('custody-admin-clinic')}</p><a href="/admin/organisation">{t('custody-admin-change')}</a></Notice>
      {unusable && <Notice meaning="stop" alert><p>{t('custody-unusable')}</p></Notice>}
      {of.key === null ? <Empty title={t('custody-no-key')} /> : <KeyCard one={of.key} />}
      {busy && (
        <Card>
          <p role="status">{t('rotate-progress', { done: all - left, all })}</p>
          <progress max={Math.max(1, all)} value={all - left} aria-label={t('rotate-progress', { done: all - left, all })} />
          <p class="hint">{t('rotate-progress-hint')}</p>
        </Card>
      )}
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      {of.custody === 'patient+clinic' && !busy && <div><Sure label={t('rotate')} yes={t('rotate-yes')} kind="primary" busy={task.busy} onYes={rotate}>{t('rotate-sure')}</Sure></div>}
      {of.older.length > 0 && (
        <details>
          <summary>{t('clinic-key-older', { count: of.older.length })}</summary>
          <div class="stack">{of.older.map((one) => <KeyCard key={one.id} one={one} />)}</div>
        </details>
      )}
    </>
  );
}

function KeyCard({ one }: { one: KeptKey }) {
  const now = Date.now() + clockOffset.value;
  const stage = one.status;
  return (
    <Card>
      <div class="actions">
        <Fingerprint of={one} />
        <Badge meaning={MEANING[one.status]}>{t(`clinic-key-${stage}`)}</Badge>
        {one.usable === false && <Badge meaning="stop">{t('clinic-key-unusable')}</Badge>}
      </div>
      <p class="quiet">{t('clinic-key-made', { time: when(one.made_at, now) })}{one.versions !== null && ` · ${t('clinic-key-versions', { count: one.versions })}`}</p>
    </Card>
  );
}

/** What the nightly look at the disk found. Only who runs the server is told. */
function Alarms() {
  const found = useLoaded(custody.alarms);
  const now = Date.now() + clockOffset.value;
  return (
    <Show of={found}>
      {(all) => all.length === 0 ? null : (
        <section class="stack">
          <h2>{t('alarms-title')}</h2>
          <p>{t('alarms-why')}</p>
          <Table
            caption={t('alarms-title')}
            head={[t('alarms-block'), t('alarms-what'), t('alarms-found'), t('alarms-records'), t('state')]}
            rows={all.map((one: BlockAlarm) => ({
              key: `${one.cid} ${one.found_at}`,
              cells: [
                <code>{one.cid}</code>,
                one.what === 'missing' ? t('alarms-missing') : t('alarms-damaged'),
                when(one.found_at, now),
                String(one.records),
                one.mended_at === null ? <Badge meaning="stop">{t('alarms-open')}</Badge> : <Badge meaning="good">{t('alarms-mended')}</Badge>,
              ],
            }))}
          />
        </section>
      )}
    </Show>
  );
}
