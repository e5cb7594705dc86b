/** What a doctor asks of a patient: who, what, how long and why, in large plain words; yes and no of the same size. */
import './consents.css';

import { useState } from 'preact/hooks';

import { Problem } from '../../api.ts';
import { type Consent, consents } from '../../consents.ts';
import { approve, approvePorts, NewDoctorKeys } from '../../consents/approving.ts';
import { askSentence, doctorOf, reasonOf } from '../../consents/words.ts';
import { t } from '../../i18n.ts';
import { keys } from '../../keys.ts';
import type { VisitKey } from '../../keys/visit.ts';
import { clockOffset } from '../../live.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Check } from '../../ui/field.tsx';
import { Card, Notice } from '../../ui/parts.tsx';
import { toast } from '../../ui/toast.tsx';
import { when } from '../../when.ts';
import { me } from '../../who.ts';

export function AskCard({ ask, changed }: { ask: Consent; changed: () => void }) {
  const now = Date.now() + clockOffset.value;
  const by = ask.asked_by;
  return (
    <Card strong>
      <p class="consent-says" dir="auto">{askSentence(doctorOf(ask), ask, wardOf(ask))}</p>
      <p><strong>{t('consent-why')}</strong> <span dir="auto">{reasonOf(ask)}</span></p>
      {by !== null && by.id !== ask.grantee?.id && <p class="quiet" dir="auto">{t('consent-asked-for-other', { name: by.name })}</p>}
      {ask.answer_by !== null && <p class="hint">{t('consent-answer-by', { time: when(ask.answer_by, now) })}</p>}
      <Answer ask={ask} changed={changed} />
      {wardOf(ask) === null && <ByCode ask={ask} />}
    </Card>
  );
}

/** The name of the child it is about; null when it is about whoever is here. */
function wardOf(ask: Consent): string | null {
  return me.value?.kind === 'person' && me.value.id !== ask.patient_id ? ask.patient : null;
}

/** What has to be said or known before the yes can be sent. */
interface Before {
  guardian: boolean;
  keys: readonly VisitKey[];
}

function Answer({ ask, changed }: { ask: Consent; changed: () => void }) {
  const [before, put] = useState<Before>({ guardian: false, keys: [] });
  const [guardian, speak] = useState(false);
  const ward = wardOf(ask) !== null;
  const [done, progress] = useState<{ done: number; all: number } | null>(null);
  const task = useTask();
  const ready = keys.state.value.kind === 'ready';
  const yes = (): void => task.run(async () => {
    if (before.keys.length > 0) await keys.accept(before.keys);
    const mine = await keys.identity();
    if (mine === null) throw new Problem('no_keys', 0, t('consent-no-keys'));
    const machinery = await keys.machinery();
    try {
      await approve(ask, mine, guardian || ward, approvePorts(machinery, () => Date.now() + clockOffset.peek()), (so, all) => progress({ done: so, all }));
      toast(t('consent-allowed', { name: ask.grantee?.name ?? '' }));
      changed();
    } catch (error) {
      heard(error);
    } finally {
      progress(null);
    }
  });
  const heard = (error: unknown): void => {
    if (error instanceof NewDoctorKeys) return put({ ...before, keys: error.keys });
    if (error instanceof Problem && error.code === 'guardian_needed' && !before.guardian) return put({ ...before, guardian: true });
    throw error;
  };
  const no = (): void => task.run(async () => {
    await consents.refuse(ask.id);
    toast(t('consent-refused', { name: ask.grantee?.name ?? '' }));
    changed();
  });
  const who = ask.grantee?.name ?? '';
  return (
    <>
      {before.keys.length > 0 && <Notice meaning="wait" alert><p>{t('consent-new-keys', { name: who })}</p></Notice>}
      {ward && <p class="hint">{t('consent-as-guardian', { name: ask.patient })}</p>}
      {before.guardian && !ward && <Check label={t('consent-guardian', { name: ask.patient })} checked={guardian} onChange={speak} />}
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      {done !== null && done.all > 1 && <p role="status">{t('consent-wrapping', { ...done })}</p>}
      <div class="yes-no">
        <Button kind="primary" busy={task.busy} disabled={!ready} name={t('consent-allow-name', { name: who })} onClick={yes}>{t('consent-allow')}</Button>
        <Button busy={task.busy} name={t('consent-refuse-name', { name: who })} onClick={no}>{t('consent-refuse')}</Button>
      </div>
      {!ready && <p class="hint">{t('consent-no-keys')}</p>}
    </>
  );
}

/** The other way, for who has no key here: a code by message, which they read to the doctor. */
function ByCode({ ask }: { ask: Consent }) {
  const [sent, send] = useState(ask.code !== null);
  const task = useTask();
  const go = (): void => task.run(async () => {
    await consents.sendCode(ask.id);
    send(true);
  });
  return (
    <details>
      <summary>{t('consent-by-code')}</summary>
      <div class="stack">
        <p>{t('consent-by-code-why')}</p>
        {sent && <Notice meaning="good" alert><p>{t('consent-code-sent', { name: ask.grantee?.name ?? '' })}</p></Notice>}
        {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
        <div><Button busy={task.busy} onClick={go}>{sent ? t('consent-code-again') : t('consent-code-send')}</Button></div>
      </div>
    </details>
  );
}
