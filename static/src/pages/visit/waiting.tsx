/** Those at the door, as the host sees them: who they say they are, how old, and whether the link was used before. */
import { useEffect, useState } from 'preact/hooks';

import { api, type SeatDetail } from '../../api.ts';
import { t } from '../../i18n.ts';
import { clockOffset } from '../../live.ts';
import { Button } from '../../ui/button.tsx';
import { Badge } from '../../ui/parts.tsx';
import { announce, toast } from '../../ui/toast.tsx';
import type { Session } from '../../visit/session.ts';
import type { SeatView } from '../../wire.ts';

export function Waiting({ session }: { session: Session }) {
  const waiting = session.room.host.value ? session.room.waiting.value : [];
  const names = waiting.map((one) => one.name).join(', ');
  const details = useDetails(session, waiting);
  useEffect(() => {
    if (names !== '') announce(t('is-waiting', { name: names }));
  }, [names]);
  const admit = (seat: string): void => {
    session.admit(seat).catch((error: unknown) => toast(error instanceof Error && error.message !== '' ? error.message : t('not-done')));
  };
  return (
    <>
      {waiting.map((one) => (
        <div key={one.id} class="waiting">
          <div>
            <p><strong dir="auto">{one.name}</strong> {waitsHow(one, details.get(one.id) ?? null)}</p>
            <Said detail={details.get(one.id) ?? null} />
            {one.flag === 'second_device' && <p><Badge meaning="wait">{t('second-device')}</Badge> {t('second-device-hint')}</p>}
          </div>
          <Button kind="primary" name={t('let-in-name', { name: one.name })} onClick={() => admit(one.id)}>{t('let-in')}</Button>
        </div>
      ))}
    </>
  );
}

function waitsHow(one: SeatView, detail: SeatDetail | null): string {
  if (one.role === 'guest') return t('waits-guest');
  return detail === null || detail.birth_year === null ? t('waits') : t('waits-link');
}

/** What somebody without an account said of themselves when they came. */
function Said({ detail }: { detail: SeatDetail | null }) {
  if (detail === null || detail.birth_year === null) return null;
  const year = new Date(Date.now() + clockOffset.value).getFullYear();
  const about = t('born-in', { year: String(detail.birth_year), count: Math.max(0, year - detail.birth_year) });
  return <p class="quiet">{[about, detail.confirmed_at === null ? null : t('confirmed-self')].filter(Boolean).join(' · ')}</p>;
}

/** Asked anew whenever somebody else waits. */
function useDetails(session: Session, waiting: readonly SeatView[]): ReadonlyMap<string, SeatDetail> {
  const [details, setDetails] = useState<ReadonlyMap<string, SeatDetail>>(new Map());
  const ids = waiting.map((one) => one.id).join();
  useEffect(() => {
    if (ids === '') return;
    api.visit(session.visit).then(({ seats }) => setDetails(new Map(seats.map((one) => [one.id, one]))), () => undefined);
  }, [ids]);
  return details;
}
