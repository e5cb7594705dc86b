/** "More": devices, who is in the visit, and how good the connection is. */
import { UserMinus } from 'lucide';
import { useEffect, useState } from 'preact/hooks';

import type { VisitDetail } from '../../api.ts';
import { registrationOf } from '../../doctor.ts';
import { t } from '../../i18n.ts';
import type { Summary } from '../../media.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Badge } from '../../ui/parts.tsx';
import { toast } from '../../ui/toast.tsx';
import type { Session } from '../../visit/session.ts';
import type { SeatView } from '../../wire.ts';
import { DoctorLine } from '../doctor-line.tsx';
import { DeviceForm, DeviceTrouble } from './devices.tsx';
import { Invite } from './invite.tsx';

export function More({ session, detail, close }: { session: Session; detail: VisitDetail; close: () => void }) {
  return (
    <Dialog title={t('more')} onClose={close}>
      <div class="stack">
        <h3>{t('devices')}</h3>
        <DeviceForm local={session.local} />
        <DeviceTrouble local={session.local} kind="camera" />
        <DeviceTrouble local={session.local} kind="microphone" />
        <h3>{t('people')}</h3>
        {!session.room.host.value && registrationOf(detail.doctor) !== null && <div><p dir="auto">{detail.doctor.name}</p><DoctorLine doctor={detail.doctor} /></div>}
        <People session={session} />
        {session.room.host.value && <Invite detail={detail} />}
        <h3>{t('connection')}</h3>
        <Figures session={session} />
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

/** How often the figures are read while they are shown, in ms. */
const FIGURES_EVERY_MS = 2_000;

function Figures({ session }: { session: Session }) {
  const [sum, setSum] = useState<Summary | null>(null);
  useEffect(() => {
    const read = (): void => void session.calling.summary().then(setSum, () => undefined);
    read();
    const timer = setInterval(read, FIGURES_EVERY_MS);
    return () => clearInterval(timer);
  }, [session]);
  if (sum === null) return <p class="quiet">{t('connection-none')}</p>;
  return (
    <p class="quiet">
      {t('connection-figures', {
        transport: sum.transport?.toUpperCase() ?? '–',
        rtt: sum.rtt === null ? '–' : Math.round(sum.rtt),
        uplink: sum.uplink === null ? '–' : Math.round(sum.uplink / 1000),
        concealed: Math.round(sum.concealed * 100),
      })}
    </p>
  );
}
