/** The end-to-end mark: how private the call is, and the way to the safety phrases. */
import { type IconNode, Lock, LockOpen, ShieldAlert, ShieldCheck } from 'lucide';
import { useEffect } from 'preact/hooks';

import { t } from '../../i18n.ts';
import { Icon } from '../../ui/icon.tsx';
import { announce } from '../../ui/toast.tsx';
import type { Session } from '../../visit/session.ts';
import type { Mark } from '../../visit/shield.ts';
import { useLasting } from './lasting.ts';

/** Keys take a moment; only a longer one needs a word. In ms. */
const SECURING_MS = 1_000;

const ICONS: Record<Mark, IconNode> = {
  alone: Lock, no_doctor: LockOpen, securing: LockOpen, sealed: Lock, verified: ShieldCheck, warning: ShieldAlert,
};

export function MarkButton({ session, open }: { session: Session; open: () => void }) {
  const mark = session.shield.mark.value;
  const slow = useLasting(mark === 'securing', SECURING_MS);
  const text = mark === 'securing' && !slow ? t('mark-keys') : t(`mark-${mark.replace('_', '-')}`);
  useEffect(() => {
    if (mark === 'warning' || mark === 'verified') announce(text);
  }, [mark]);
  return (
    <button type="button" class={`mark ${mark}`} onClick={open} aria-haspopup="dialog">
      <Icon of={ICONS[mark]} size={16} />
      {text}
    </button>
  );
}
