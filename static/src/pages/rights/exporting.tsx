/** Taking everything along: one archive, made here, of what is sealed and what it says. */
import { Download } from 'lucide';
import { useEffect, useState } from 'preact/hooks';

import type { Consent } from '../../consents.ts';
import { doctorOf, standingWord, stateWord, whatOf } from '../../consents/words.ts';
import { t } from '../../i18n.ts';
import { keys } from '../../keys.ts';
import { clockOffset } from '../../live.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Notice } from '../../ui/parts.tsx';
import { me } from '../../who.ts';

interface Made {
  url: string;
  name: string;
  opened: number;
  unopened: number;
}

export function Exporting() {
  const [made, make] = useState<Made | null>(null);
  const [done, progress] = useState<{ done: number; all: number } | null>(null);
  const task = useTask();
  const ready = keys.state.value.kind === 'ready';
  useEffect(() => () => {
    if (made !== null) URL.revokeObjectURL(made.url);
  }, [made]);
  const go = (): void => task.run(async () => {
    const who = me.peek();
    if (who?.kind !== 'person') return;
    make(null);
    progress({ done: 0, all: 0 });
    try {
      const { exportAll, exportPorts } = await import('../../rights/export.ts');
      const found = await exportAll(who, await keys.identity(), lineOf, exportPorts(() => Date.now() + clockOffset.peek()), (so, all) => progress({ done: so, all }));
      const day = new Date(Date.now() + clockOffset.peek()).toISOString().slice(0, 10);
      make({ url: URL.createObjectURL(found.zip), name: `vaidya-${day}.zip`, opened: found.opened.length, unopened: found.unopened.length });
    } finally {
      progress(null);
    }
  });
  return (
    <section class="stack">
      <h2>{t('export-title')}</h2>
      <p>{t('export-why')}</p>
      {!ready && <Notice meaning="wait"><p>{t('export-no-keys')}</p></Notice>}
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      {done !== null && (
        <div class="field">
          <label for="exporting">{t('export-progress', { ...done })}</label>
          <progress id="exporting" max={Math.max(1, done.all)} value={done.done} />
        </div>
      )}
      {made !== null && (
        <Notice meaning="good" alert>
          <p>{t('export-made', { count: made.opened })}</p>
          {made.unopened > 0 && <p>{t('export-unopened', { count: made.unopened })}</p>}
          <a class="button primary" href={made.url} download={made.name}><Icon of={Download} />{t('export-save')}</a>
          <p class="hint">{t('export-hint')}</p>
        </Notice>
      )}
      <div><Button kind={made === null ? 'primary' : 'plain'} busy={task.busy} onClick={go}>{made === null ? t('export-make') : t('export-again')}</Button></div>
    </section>
  );
}

/** A consent in a line of the page that people read. */
function lineOf(one: Consent): string {
  const state = stateWord(one);
  return one.subject === 'share' ? t('leaflet-consent', { name: doctorOf(one), what: whatOf(one.kinds), state }) : t('leaflet-consent-standing', { what: standingWord(one.subject), state });
}
