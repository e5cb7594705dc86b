/** This device waits for another one's yes: a picture to scan, the same as a link to type, and the other ways. */
import { useEffect, useState } from 'preact/hooks';

import { t } from '../../i18n.ts';
import { keys, type KeyState } from '../../keys.ts';
import { Button } from '../../ui/button.tsx';
import { Card, Notice } from '../../ui/parts.tsx';
import { toast } from '../../ui/toast.tsx';
import { Code, StartOver } from './locked.tsx';
import { Qr } from './qr.tsx';

/** How often we look whether the yes has come, in ms. */
const LOOK_MS = 4_000;

/** Where the other device says yes. The part behind `#` is never sent to the server. */
export function deviceLink(key: string, fingerprint: string): string {
  return `${location.origin}/#/device/${key}/${fingerprint}`;
}

/** In groups of five, as people compare them. */
export function grouped(fingerprint: string): string {
  return fingerprint.match(/.{1,5}/g)?.join(' ') ?? fingerprint;
}

export function Pending({ state }: { state: Extract<KeyState, { kind: 'pending' }> }) {
  const [losing, lose] = useState(false);
  const [problem, setProblem] = useState(false);
  const link = deviceLink(state.key, state.fingerprint);
  useEffect(() => {
    const look = (): void => void keys.withHolder((holder) => holder.look()).then(() => setProblem(false), () => setProblem(true));
    const timer = setInterval(look, LOOK_MS);
    return () => {
      clearInterval(timer);
      if (keys.state.peek().kind === 'ready') toast(t('device-ready'));
    };
  }, [state.key]);
  return (
    <>
      <Notice meaning="wait"><p>{t('pending-wait')}</p></Notice>
      <Card>
        <ol class="steps">
          <li>{t('pending-step-open')}</li>
          <li>{t('pending-step-scan')}</li>
          <li>{t('pending-step-compare')}</li>
        </ol>
        <Qr text={link} label={t('pending-qr')} />
        <p class="typed"><a href={link}>{link}</a></p>
        <p>{t('fingerprint')}: <code class="code">{grouped(state.fingerprint)}</code></p>
        {problem && <p role="status">{t('pending-problem')}</p>}
      </Card>
      <details>
        <summary>{t('pending-others')}</summary>
        <div class="stack">
          <Code />
          <div><Button onClick={() => lose(true)}>{t('start-over')}</Button></div>
        </div>
      </details>
      {losing && <StartOver close={() => lose(false)} />}
    </>
  );
}
