/** What is not as it should be with the call's keys: what it is, what was not done because of it, and what to do. */
import type { VisitDetail } from '../../api.ts';
import { t } from '../../i18n.ts';
import type { KeyWarning } from '../../keys.ts';
import { later } from '../../later.tsx';
import type { Alarm, AlarmKind } from '../../seal/alarm.ts';
import { withTexts } from '../../texts.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/parts.tsx';
import type { Session } from '../../visit/session.ts';

const LogWarning = later(async () => (await withTexts('ledger', import('../ledger/key-warning.tsx'))).LogWarning);

/** Alarms that mean the same to the people in the call. */
const SENTENCES: Record<AlarmKind, string> = {
  malformed: 'unreadable',
  bad_member: 'bad-member',
  too_many: 'too-many',
  forged_roster: 'roster',
  wrong_visit: 'roster',
  replayed_roster: 'replayed',
  not_me: 'not-me',
  unknown_member: 'unknown-member',
  forged_secret: 'forged',
  changed_secret: 'forged',
  replayed_secret: 'replayed',
  missing_secret: 'missing',
  bad_seal: 'forged',
  bad_nonce: 'words',
  phrase_differs: 'phrase',
  far_epoch: 'clock',
  failed: 'failed',
};

export function Warnings({ session, detail, compare }: { session: Session; detail: VisitDetail; compare: () => void }) {
  const { shield } = session;
  const troubled = new Set([...shield.troubled.value].map((one) => session.room.name(one.split(' ')[0] ?? '')).filter((one) => one !== null));
  return (
    <>
      {shield.alarms.value.map((one) => <AlarmNotice key={`${one.kind} ${one.seat}`} session={session} alarm={one} />)}
      {troubled.size > 0 && <Notice meaning="wait" alert><p>{t('frames-failing', { name: [...troubled].join(', ') })}</p></Notice>}
      {shield.warnings.value.map((one) => <KeyNotice key={`${one.kind} ${one.side}`} session={session} detail={detail} warning={one} compare={compare} />)}
    </>
  );
}

function AlarmNotice({ session, alarm }: { session: Session; alarm: Alarm }) {
  const name = (alarm.seat === null ? null : session.room.name(alarm.seat)) ?? t('somebody');
  return (
    <Notice meaning="stop" alert>
      <p>{t(`alarm-${SENTENCES[alarm.kind]}`, { name })}</p>
      <div class="actions"><Button kind="quiet" onClick={() => session.shield.dismiss(alarm)}>{t('alarm-read')}</Button></div>
    </Notice>
  );
}

function KeyNotice({ session, detail, warning, compare }: { session: Session; detail: VisitDetail; warning: KeyWarning; compare: () => void }) {
  const { kind, side } = warning;
  const own = side === session.role;
  const name = side === 'doctor' ? detail.doctor.name : detail.patient;
  if (kind === 'unlogged' || kind === 'pending' || kind === 'late') return <LogWarning kind={kind} name={name} compare={own ? null : compare} />;
  if (kind !== 'changed') return <Notice meaning="stop" alert><p>{t('key-unbound', { name })}</p></Notice>;
  const news = session.ring.of.value?.[side].filter((one) => one.fresh && !(own && one.ed === session.ed.value)) ?? [];
  if (news.length === 0) return null;
  return (
    <Notice meaning="wait" alert>
      <p>{own ? t('key-changed-own') : t('key-changed', { name })}</p>
      <div class="actions">
        {!own && <Button onClick={compare}>{t('key-compare')}</Button>}
        <Button kind="quiet" onClick={() => void session.acceptKeys(side)}>{t('key-go-on')}</Button>
      </div>
    </Notice>
  );
}
