/** How a visit's record stands: being sealed, waiting, done, or why not. */
import { useEffect } from 'preact/hooks';

import { sentence } from '../../api.ts';
import { t } from '../../i18n.ts';
import { keys } from '../../keys.ts';
import type { Side } from '../../keys/visit.ts';
import { sealing, sealVisit } from '../../sealing.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/parts.tsx';
import { me } from '../../who.ts';

/** On the page of a visit that has ended: seals its record if that is not done, and leads to it. */
export function RecordOf({ visit }: { visit: string }) {
  const kind = keys.state.value.kind;
  useEffect(() => {
    if (kind !== 'making') void sealVisit(visit);
  }, [visit, kind]);
  return <SealNotice visit={visit} />;
}

export function SealNotice({ visit, quiet }: { visit: string; quiet?: boolean }) {
  const state = sealing.of(visit).value;
  switch (state.kind) {
    case 'idle':
    case 'not_ended':
    case 'empty': return null;
    case 'sealing': return <p role="status" class="quiet">{t('record-sealing')}</p>;
    case 'waiting': return <Notice meaning="wait"><p>{t('record-waiting')}</p><p>{sentence(state.error)}</p></Notice>;
    case 'too_large': return <Notice meaning="stop"><p>{t('record-too-large')}</p></Notice>;
    case 'bad_key': return <Notice meaning="stop" alert><p>{t('record-bad-key')}</p></Notice>;
    case 'no_peer': return <Notice meaning="wait"><p>{t('record-no-peer')}</p></Notice>;
    case 'new_key': return <NewKey visit={visit} sides={state.sides} />;
    case 'no_key':
      return (
        <Notice meaning="wait">
          <p>{t('record-cannot-seal')}</p>
          {keys.state.value.kind !== 'ready' && <a class="button" href="/keys">{t('keys-open')}</a>}
        </Notice>
      );
    case 'sealed':
      if (quiet === true) return null;
      return <Notice meaning="good"><p>{t('record-sealed')}</p><a class="button" href={`/records/${state.record}`}>{t('record-open')}</a></Notice>;
  }
}

/** Somebody's key is new. Perhaps a new device, perhaps a server that wants to read along: the person here decides. */
function NewKey({ visit, sides }: { visit: string; sides: readonly Side[] }) {
  const task = useTask();
  const who = me.value;
  const mine = who?.kind === 'person' && sides.some((one) => one === who.role);
  const go = (): void =>
    task.run(async () => {
      const { doctor, patient } = await keys.ofVisit(visit);
      await keys.accept([...doctor, ...patient]);
      await sealVisit(visit);
    });
  return (
    <Notice meaning="wait" alert>
      <p>{mine ? t('record-new-key-mine') : t('record-new-key')}</p>
      {task.error !== null && <p>{task.error}</p>}
      <div class="actions">
        <Button busy={task.busy} onClick={go}>{t('record-new-key-yes')}</Button>
        {mine && <a class="button quiet" href="/keys">{t('keys-open')}</a>}
      </div>
    </Notice>
  );
}
