/** The recovery code: shown once, printed, and in force when its last group comes back from the paper. */
import './keys/keys.css';

import { Printer } from 'lucide';
import { useState } from 'preact/hooks';

import { Problem } from '../api.ts';
import { t } from '../i18n.ts';
import { keys } from '../keys.ts';
import type { Bytes } from '../seal/bytes.ts';
import { stretched } from '../stretching.ts';
import { useTask } from '../task.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { Page } from '../ui/page.tsx';
import { Card, Notice } from '../ui/parts.tsx';
import { config, me } from '../who.ts';

/** A code that is on the screen, and the password's half that lets it be kept. */
interface Shown {
  code: string;
  wrap: Bytes;
}

export function RecoveryPage() {
  const [shown, show] = useState<Shown | null>(null);
  const [done, finish] = useState(false);
  const state = keys.state.value;
  return (
    <Page heading={t('recovery-title')} narrow>
      {done ? <Done /> : state.kind !== 'ready' ? <NotYet /> : shown === null
        ? <Ask show={show} again={state.recovery} />
        : <Paper shown={shown} done={() => { shown.wrap.fill(0); show(null); finish(true); }} />}
    </Page>
  );
}

function NotYet() {
  return <Notice meaning="wait"><p>{t('recovery-not-yet')}</p><a class="button" href="/keys">{t('keys-open')}</a></Notice>;
}

function Done() {
  return (
    <>
      <Notice meaning="good"><p>{t('recovery-done')}</p></Notice>
      <div><a class="button primary" href="/">{t('to-start')}</a></div>
    </>
  );
}

function Ask({ show, again }: { show: (shown: Shown) => void; again: boolean }) {
  const [password, setPassword] = useState('');
  const task = useTask();
  const make = (): void =>
    task.run(async () => {
      const who = me.value;
      if (who?.kind !== 'person') return;
      const [{ makeCode, formatCode }, { wrap }] = await Promise.all([keys.machinery(), stretched(who.login, password)]);
      if (!(await keys.withHolder((holder) => holder.opens(wrap)))) throw new Problem('wrong_login', 0, t('problem-wrong-password'));
      setPassword('');
      show({ code: formatCode(makeCode()), wrap });
    });
  return (
    <>
      <p>{t('recovery-why')}</p>
      {again && <Notice meaning="note"><p>{t('recovery-again')}</p></Notice>}
      <Card>
        <form class="stack" onSubmit={(event) => { event.preventDefault(); make(); }}>
          {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
          <Field label={t('password')} hint={t('recovery-password-hint')} type="password" value={password} onInput={setPassword} autocomplete="current-password" required maxLength={512} />
          <Button kind="primary" submit busy={task.busy}>{task.busy ? t('checking') : t('recovery-make')}</Button>
        </form>
      </Card>
    </>
  );
}

function Paper({ shown, done }: { shown: Shown; done: () => void }) {
  const [typed, setTyped] = useState('');
  const task = useTask();
  const groups = shown.code.split('-');
  const who = me.value;
  const keep = (): void =>
    task.run(async () => {
      const { readCrockford, parseCode } = await keys.machinery();
      const code = parseCode(shown.code);
      if (code === null || readCrockford(typed) !== groups.at(-1)) throw new Problem('bad_code', 0, t('recovery-last-wrong'));
      await keys.withHolder((holder) => holder.keepCode(code, shown.wrap));
      done();
    });
  return (
    <>
      <section class="card paper">
        <h2>{t('recovery-paper-title')}</h2>
        <p dir="auto">{[who?.name, who?.kind === 'person' ? who.login : null, config.value?.clinic].filter(Boolean).join(' · ')}</p>
        <p class="groups" aria-label={t('recovery-code')}>{groups.map((one) => <code key={one}>{one}</code>)}</p>
        <p>{t('recovery-paper-keep')}</p>
        <p class="quiet">{location.origin}</p>
      </section>
      <div class="actions no-print"><Button icon={Printer} onClick={() => window.print()}>{t('recovery-do-print')}</Button></div>
      <p class="no-print">{t('recovery-write')}</p>
      <form class="card no-print" onSubmit={(event) => { event.preventDefault(); keep(); }}>
        {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
        <Field label={t('recovery-last')} hint={t('recovery-last-hint')} value={typed} onInput={setTyped} exact required maxLength={12} />
        <Button kind="primary" submit busy={task.busy}>{t('recovery-on-paper')}</Button>
      </form>
    </>
  );
}
