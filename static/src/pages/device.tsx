/** Saying yes to another device of ours: its characters are compared, then everything is wrapped for it too. */
import './keys/keys.css';

import { useEffect, useState } from 'preact/hooks';

import { t } from '../i18n.ts';
import { keys } from '../keys.ts';
import type { NotApprovable } from '../keys/approve.ts';
import type { ListedKey } from '../keys/server.ts';
import { go } from '../router.ts';
import { useTask } from '../task.ts';
import { Button } from '../ui/button.tsx';
import { Page } from '../ui/page.tsx';
import { Card, Notice, Skeleton } from '../ui/parts.tsx';
import { grouped } from './keys/pending.tsx';

export function DevicePage({ device, shown }: { device: string; shown: string }) {
  const state = keys.state.value;
  return (
    <Page heading={t('device-title')} narrow>
      {state.kind === 'ready' ? <Approve mine={state.key} device={device} shown={shown} /> : <NotHere making={state.kind === 'making'} />}
    </Page>
  );
}

function NotHere({ making }: { making: boolean }) {
  if (making) return <Skeleton />;
  return <Notice meaning="stop" alert><p>{t('device-not-here')}</p><a class="button" href="/keys">{t('keys-open')}</a></Notice>;
}

function Approve({ mine, device, shown }: { mine: string; device: string; shown: string }) {
  const [found, setFound] = useState<ListedKey | NotApprovable | null>(null);
  const [progress, setProgress] = useState<{ done: number; all: number } | null>(null);
  const [finished, finish] = useState(false);
  const task = useTask();
  useEffect(() => task.run(async () => setFound(await keys.pending(device, shown))), [device, shown]);
  if (finished) return <><Notice meaning="good"><p>{t('device-done')}</p></Notice><Home /></>;
  if (device === mine) return <><Notice meaning="note"><p>{t('device-self')}</p></Notice><Home /></>;
  if (task.error !== null && found === null) return <><Notice meaning="stop" alert><p>{task.error}</p></Notice><Home /></>;
  if (found === null) return <Skeleton />;
  if (typeof found === 'string') return <><Notice meaning="stop" alert><p>{t(`device-${found.replace('_', '-')}`)}</p></Notice><Home /></>;
  const yes = (): void =>
    task.run(async () => {
      await keys.approve(found, (done, all) => setProgress({ done, all }));
      finish(true);
    });
  return (
    <>
      <p>{t('device-ask')}</p>
      <Card>
        <p><strong dir="auto">{found.device || t('some-device')}</strong></p>
        <p class="quiet">{t('device-compare')}</p>
        <p><code class="code">{grouped(shown.toUpperCase())}</code></p>
      </Card>
      <Notice meaning="wait"><p>{t('device-warn')}</p></Notice>
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      {progress !== null && <p role="status">{t('device-progress', progress)}</p>}
      <div class="actions">
        <Button kind="primary" busy={task.busy} onClick={yes}>{t('device-yes')}</Button>
        <Button disabled={task.busy} onClick={() => go('/')}>{t('device-no')}</Button>
      </div>
    </>
  );
}

function Home() {
  return <div><a class="button" href="/">{t('to-start')}</a></div>;
}
