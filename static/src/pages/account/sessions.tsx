/** Where this account is signed in, and ending that: one device, the others, or everywhere. */
import { useEffect, useState } from 'preact/hooks';

import { doorServer, type SessionView } from '../../door/server.ts';
import { t } from '../../i18n.ts';
import { clockOffset } from '../../live.ts';
import { waitingOf } from '../../outbox.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Badge, Notice, Skeleton } from '../../ui/parts.tsx';
import { toast } from '../../ui/toast.tsx';
import { when } from '../../when.ts';
import { leaver, signOut } from '../../who.ts';

export function SessionsSection() {
  const [sessions, setSessions] = useState<SessionView[] | null>(null);
  const [everywhere, askEverywhere] = useState(false);
  const task = useTask();
  const load = async (): Promise<void> => setSessions(await doorServer.sessions());
  useEffect(() => task.run(load), []);
  const end = (one: SessionView): void =>
    task.run(async () => {
      await doorServer.endSession(one.id);
      toast(t('session-ended', { device: one.label || t('some-device') }));
      await load();
    });
  const endOthers = (): void =>
    task.run(async () => {
      await doorServer.endSessions(true);
      toast(t('sessions-others-ended'));
      await load();
    });
  const others = sessions?.some((one) => !one.current) ?? false;
  return (
    <section class="stack">
      <h2>{t('sessions-title')}</h2>
      <p>{t('sessions-why')}</p>
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p><Button onClick={() => task.run(load)}>{t('try-again')}</Button></Notice>}
      {sessions === null && task.error === null && <Skeleton />}
      <ul class="rows">{sessions?.map((one) => <Session key={one.id} session={one} busy={task.busy} end={() => end(one)} />)}</ul>
      {sessions !== null && (
        <div class="actions">
          {others && <Button busy={task.busy} onClick={endOthers}>{t('sessions-end-others')}</Button>}
          <Button kind="quiet" onClick={() => askEverywhere(true)}>{t('sessions-end-all')}</Button>
        </div>
      )}
      {everywhere && <Everywhere close={() => askEverywhere(false)} />}
    </section>
  );
}

function Session({ session, busy, end }: { session: SessionView; busy: boolean; end: () => void }) {
  const now = Date.now() + clockOffset.value;
  const device = session.label || t('some-device');
  return (
    <li class="visit-row">
      <div class="row-main">
        <strong dir="auto">{device}</strong>
        <span class="quiet">{t('session-seen', { time: when(session.seen_at, now) })}</span>
        <span class="quiet">{t('session-made', { time: when(session.made_at, now) })}</span>
        {session.address !== null && <span class="quiet">{t('session-address', { address: session.address })}</span>}
      </div>
      {session.current && <Badge meaning="good">{t('session-here')}</Badge>}
      {session.moved === true && <Badge meaning="wait">{t('session-moved')}</Badge>}
      {session.locked && <Badge meaning="wait">{t('session-locked')}</Badge>}
      {!session.current && <Button busy={busy} name={t('session-end-name', { device })} onClick={end}>{t('sign-out')}</Button>}
    </li>
  );
}

function Everywhere({ close }: { close: () => void }) {
  const [unsent, setUnsent] = useState(0);
  const task = useTask();
  useEffect(() => void waitingOf(leaver()).then(setUnsent), []);
  const end = (): void =>
    task.run(async () => {
      await doorServer.endSessions(false);
      await signOut(true);
    });
  return (
    <Dialog title={t('sessions-end-all')} onClose={close}>
      <p>{t('sessions-end-all-why')}</p>
      {unsent > 0 && <Notice meaning="wait"><p>{t('sign-out-unsent', { count: unsent })}</p></Notice>}
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      <div class="actions">
        <Button kind="primary" onClick={close}>{t('sign-out-stay')}</Button>
        <Button kind="stop" busy={task.busy} onClick={end}>{t('sessions-end-all-yes')}</Button>
      </div>
    </Dialog>
  );
}
