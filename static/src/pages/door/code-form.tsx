/** Typing a code: from a message, from an app, or a recovery code in its place; and asking for another message. */
import './door.css';

import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { Problem } from '../../api.ts';
import { doorServer, type Sent } from '../../door/server.ts';
import { codeOf, recoveryOf } from '../../door/typed.ts';
import { t } from '../../i18n.ts';
import { clockOffset } from '../../live.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { Notice } from '../../ui/parts.tsx';
import { toast } from '../../ui/toast.tsx';

/** The digits of a code. Throws when there aren't six. */
export function wholeCode(typed: string): string {
  const code = codeOf(typed);
  if (code === null) throw new Problem('bad_code', 0, t('code-six-digits'));
  return code;
}

/** The field for six digits, which phones fill from the message. */
export function CodeField({ label, hint, value, onInput }: { label: string; hint?: string; value: string; onInput: (value: string) => void }) {
  return (
    <div class="code-input">
      <Field label={label} hint={hint} value={value} onInput={onInput} autocomplete="one-time-code" inputMode="numeric" required exact maxLength={60} />
    </div>
  );
}

/** A form with nothing but a code. */
export function CodeForm({ label, hint, submit, send, children }: {
  label: string;
  hint?: string;
  submit: string;
  send: (code: string) => Promise<void>;
  children?: ComponentChildren;
}) {
  const [typed, setTyped] = useState('');
  const task = useTask();
  const go = (): void =>
    task.run(async () => {
      try {
        await send(wholeCode(typed));
      } catch (error) {
        if (error instanceof Problem && error.code === 'wrong_code') setTyped('');
        throw error;
      }
    });
  return (
    <form class="stack" noValidate onSubmit={(event) => { event.preventDefault(); go(); }}>
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      <CodeField label={label} {...(hint === undefined ? {} : { hint })} value={typed} onInput={setTyped} />
      {children}
      <Button kind="primary" submit wide busy={task.busy}>{task.busy ? t('checking') : submit}</Button>
    </form>
  );
}

/** The code of the app, or one of the recovery codes when the phone is not at hand. */
export function FactorForm({ submit, send }: { submit: string; send: (code: string) => Promise<void> }) {
  const [lost, lose] = useState(false);
  return (
    <>
      {lost ? <RecoveryForm submit={submit} send={send} /> : <CodeForm label={t('app-code')} hint={t('app-code-hint')} submit={submit} send={send} />}
      <div><button type="button" class="as-link" onClick={() => lose(!lost)}>{lost ? t('use-app-code') : t('use-recovery-code')}</button></div>
    </>
  );
}

function RecoveryForm({ submit, send }: { submit: string; send: (code: string) => Promise<void> }) {
  const [typed, setTyped] = useState('');
  const task = useTask();
  const go = (): void =>
    task.run(async () => {
      const code = recoveryOf(typed);
      if (code === null) throw new Problem('bad_code', 0, t('recovery-codes-shape'));
      await send(code);
    });
  return (
    <form class="stack" noValidate onSubmit={(event) => { event.preventDefault(); go(); }}>
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      <Field label={t('one-recovery-code')} hint={t('one-recovery-code-hint')} value={typed} onInput={setTyped} exact required maxLength={40} />
      <Button kind="primary" submit wide busy={task.busy}>{task.busy ? t('checking') : submit}</Button>
    </form>
  );
}

/** Seconds until then, by the server's clock. */
function secondsTo(at: number): number {
  return Math.max(0, Math.ceil((at - Date.now() - clockOffset.value) / 1000));
}

/** Another message with a code, as soon as the server sends one. */
export function SendAgain({ sent, again }: { sent: Sent; again: (sent: Sent) => void }) {
  const [left, setLeft] = useState(() => secondsTo(sent.resend_after));
  const task = useTask();
  useEffect(() => {
    setLeft(secondsTo(sent.resend_after));
    const timer = setInterval(() => setLeft(secondsTo(sent.resend_after)), 1_000);
    return () => clearInterval(timer);
  }, [sent.resend_after]);
  const send = (): void =>
    task.run(async () => {
      again(await doorServer.resend(sent.id));
      toast(t('code-sent-again'));
    });
  return (
    <div class="stack">
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      {left > 0 ? <p class="hint">{t('code-again-in', { seconds: left })}</p> : <div><Button busy={task.busy} onClick={send}>{t('code-again')}</Button></div>}
    </div>
  );
}
