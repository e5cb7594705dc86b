/** Said before somebody starts over: what the clinic can bring back, and what is lost. */
import { custody, openable } from '../../custody.ts';
import { t } from '../../i18n.ts';
import { useLoaded } from '../../loaded.tsx';
import { Notice } from '../../ui/parts.tsx';

export function Losing() {
  const { value } = useLoaded(custody.keys);
  if (value === null) return null;
  const count = openable(value);
  if (count === 0) return <Notice meaning="stop"><p>{value.custody === 'patient-only' ? t('losing-all') : t('losing-none-yet')}</p></Notice>;
  return <Notice meaning="good"><p>{value.custody === 'patient-only' ? t('losing-newer', { count }) : t('losing-nothing', { count })}</p></Notice>;
}
