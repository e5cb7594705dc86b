/** "More": devices, who is in the visit, and inviting somebody by a link. */
import { Copy, Link, UserMinus } from 'lucide';
import { useState } from 'preact/hooks';

import { api, type MadeLink } from '../../api.ts';
import { t } from '../../i18n.ts';
import { clockOffset } from '../../live.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Badge, Notice } from '../../ui/parts.tsx';
import { toast } from '../../ui/toast.tsx';
import type { Session } from '../../visit/session.ts';
import { when } from '../../when.ts';
import type { SeatView } from '../../wire.ts';
import { DeviceForm, DeviceTrouble } from './devices.tsx';

export function More({ session, close }: { session: Session; close: () => void }) {
  return (
    <Dialog title={t('more')} onClose={close}>
      <div class="stack">
        <h3>{t('devices')}</h3>
        <DeviceForm local={session.local} />
        <DeviceTrouble local={session.local} kind="camera" />
        <DeviceTrouble local={session.local} kind="microphone" />
        <h3>{t('people')}</h3>
        <People session={session} />
        {session.room.host.value && <Invite session={session} />}
      </div>
    </Dialog>
  );
}

function People({ session }: { session: Session }) {
  const people = session.room.roster.value.filter((one) => one.standing !== 'removed');
  return (
    <ul class="rows">
      {people.map((one) => <PersonRow key={one.id} session={session} person={one} />)}
    </ul>
  );
}

function PersonRow({ session, person }: { session: Session; person: SeatView }) {
  const [sure, ask] = useState(false);
  const own = person.id === session.room.seat.value;
  const remove = (): void => {
    session.remove(person.id).catch(() => toast(t('not-done')));
  };
  return (
    <li class="visit-row">
      <div class="row-main">
        <strong dir="auto">{person.name}</strong>
        <span class="quiet">{own ? t('you') : t(`seat-${person.role}`)}</span>
      </div>
      <Badge meaning={person.here ? 'good' : 'wait'}>{person.here ? t(person.standing === 'lobby' ? 'at-door' : 'here') : t('away')}</Badge>
      {session.room.host.value && !own && (
        <div class="actions">
          {sure ? (
            <>
              <p>{t('remove-sure', { name: person.name })}</p>
              <Button kind="stop" onClick={remove}>{t('remove-yes')}</Button>
              <Button onClick={() => ask(false)}>{t('keep')}</Button>
            </>
          ) : (
            <Button kind="quiet" icon={UserMinus} name={t('remove-name', { name: person.name })} onClick={() => ask(true)}>{t('remove')}</Button>
          )}
        </div>
      )}
    </li>
  );
}

function Invite({ session }: { session: Session }) {
  const [link, setLink] = useState<MadeLink | null>(null);
  const task = useTask();
  const copy = async (text: string): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      toast(t('link-copied'));
    } catch {
      toast(t('link-copy-by-hand'));
    }
  };
  return (
    <div class="stack">
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      {link === null ? (
        <Button icon={Link} busy={task.busy} onClick={() => task.run(async () => setLink(await api.makeLink(session.visit)))}>{t('invite')}</Button>
      ) : (
        <div class="field">
          <label for="guest-link">{t('guest-link')}</label>
          <p class="hint" id="guest-link-hint">{t('guest-link-hint', { until: when(link.expires, Date.now() + clockOffset.value) })}</p>
          <input id="guest-link" readOnly value={link.url} aria-describedby="guest-link-hint" onFocus={(event) => event.currentTarget.select()} />
          <Button icon={Copy} onClick={() => void copy(link.url)}>{t('copy-link')}</Button>
        </div>
      )}
    </div>
  );
}
