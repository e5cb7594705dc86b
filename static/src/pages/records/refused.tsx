/** Why something was not sealed, and what to do about it. What was typed or chosen stays. */
import { t } from '../../i18n.ts';
import { keys } from '../../keys.ts';
import type { Refused } from '../../records/uploads.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/parts.tsx';

interface Of {
  patient: string;
  visit: string | null;
  /** The record that was to be changed. */
  record: string | null;
  again: () => Promise<void> | void;
}

export function RefusedNotice({ why: refused, ...of }: Of & { why: Refused }) {
  if (refused === 'new_key') return <NewKeys {...of} />;
  return (
    <Notice meaning="stop" alert>
      <p>{t(`send-${refused.replace('_', '-')}`)}</p>
      {refused === 'no_key' && <a class="button" href="/keys">{t('keys-open')}</a>}
      {refused === 'amended' && of.record !== null && <a class="button" href={`/records/${of.record}`} target="_blank" rel="noopener">{t('record-newest')}</a>}
      {(refused === 'no_key' || refused === 'no_reader') && <Button onClick={() => void of.again()}>{t('try-again')}</Button>}
    </Notice>
  );
}

/** Somebody's key is new to this browser. Perhaps a new device, perhaps a server that wants to read along: the person here decides. */
function NewKeys({ patient, visit, again }: Of) {
  const task = useTask();
  const yes = (): void => task.run(async () => {
    const of = await keys.ofRecord(patient, visit);
    await keys.accept(of.keys);
    await again();
  });
  return (
    <Notice meaning="wait" alert>
      <p>{t('new-keys')}</p>
      {task.error !== null && <p>{task.error}</p>}
      <div class="actions">
        <Button busy={task.busy} onClick={yes}>{t('new-keys-yes')}</Button>
        <a class="button quiet" href="/keys">{t('keys-open')}</a>
      </div>
    </Notice>
  );
}
