/** On the page of keys: the clinic's key, whether it changed, and having it open what a new device can't. */
import { useEffect, useState } from 'preact/hooks';

import { asPublic, type ClinicKeys, custody, openable } from '../../custody.ts';
import { t } from '../../i18n.ts';
import { keys } from '../../keys.ts';
import { clockOffset } from '../../live.ts';
import { Show, useLoaded } from '../../loaded.tsx';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Card, Notice } from '../../ui/parts.tsx';
import { when } from '../../when.ts';
import { me } from '../../who.ts';
import { Fingerprint } from './fingerprint.tsx';

export function ClinicsKey({ mine }: { mine: string }) {
  const found = useLoaded(custody.keys);
  const who = me.value;
  const patient = who?.kind === 'person' && who.role === 'patient';
  return (
    <section class="stack">
      <h2>{t('clinic-key-title')}</h2>
      <Show of={found}>
        {(of) => (
          <>
            {patient && openable(of) > 0 && <Restore mine={mine} of={of} />}
            {of.custody === 'patient-only' && <Notice meaning="note"><p>{t('clinic-key-none')}</p></Notice>}
            {of.key !== null && <Known of={of} />}
            {of.custody === 'patient-only' && openable(of) > 0 && <p>{t('clinic-key-older-open', { count: openable(of) })}</p>}
          </>
        )}
      </Show>
    </section>
  );
}

/** The key, and whether it is the one this browser saw before. */
function Known({ of }: { of: ClinicKeys }) {
  const [fresh, setFresh] = useState(false);
  const key = of.key;
  const who = me.value;
  useEffect(() => {
    if (key === null || who?.kind !== 'person') return;
    void (async () => {
      const { keyStore } = await keys.machinery();
      const seen = await keyStore.seen(who.id, key.organisation);
      if (seen === null) await keyStore.remember(who.id, key.organisation, [key.ed]);
      setFresh(seen !== null && !seen.includes(key.ed));
    })().catch(() => undefined);
  }, [key?.id]);
  if (key === null) return null;
  const now = Date.now() + clockOffset.value;
  const known = (): void => void keys.accept([asPublic(key)]).then(() => setFresh(false));
  return (
    <Card>
      <p>{t('clinic-key-opens')}</p>
      {fresh && <Notice meaning="wait" alert><p>{t('clinic-key-changed', { time: when(key.made_at, now) })}</p><Button onClick={known}>{t('clinic-key-known')}</Button></Notice>}
      <p class="quiet">{t('clinic-key-fingerprint', { time: when(key.made_at, now) })}</p>
      <Fingerprint of={key} />
      <p class="hint">{t('clinic-key-compare')}</p>
      {of.older.length > 0 && (
        <details>
          <summary>{t('clinic-key-older', { count: of.older.length })}</summary>
          <ul class="rows">{of.older.map((one) => <li key={one.id} class="visit-row"><div class="row-main"><Fingerprint of={one} /><span class="quiet">{t('clinic-key-made', { time: when(one.made_at, now) })}</span></div></li>)}</ul>
        </details>
      )}
    </Card>
  );
}

/** A patient whose device has a new key: what the clinic can open, it can open for that key. */
function Restore({ mine, of }: { mine: string; of: ClinicKeys }) {
  const [here, count] = useState<number | null>(null);
  const [asked, ask] = useState<number | null>(null);
  const task = useTask();
  useEffect(() => {
    void (async () => {
      const { keyServer } = await keys.machinery();
      count((await keyServer.wrapsOf(mine)).records.length);
    })().catch(() => undefined);
  }, [mine]);
  const restore = (): void => task.run(async () => ask((await custody.restore(mine)).versions));
  const lacking = here === null ? 0 : openable(of) - here;
  if (lacking <= 0 && asked === null) return null;
  return (
    <Card strong>
      <p class="card-title">{t('restore-title')}</p>
      <p>{t('restore-why', { count: lacking })}</p>
      <p class="quiet">{t('restore-how')}</p>
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      {asked === null
        ? <div><Button kind="primary" busy={task.busy} onClick={restore}>{t('restore-yes')}</Button></div>
        : <Notice meaning="good" alert><p>{t('restore-asked', { count: asked })}</p><a class="button" href="/records">{t('restore-records')}</a></Notice>}
    </Card>
  );
}
