/** Who comes by a link: name, year of birth, and that it is true. Kept with the visit and shown to the doctor. */
import { useState } from 'preact/hooks';

import { Problem } from '../../api.ts';
import { t } from '../../i18n.ts';
import { type Invitation, links } from '../../links.ts';
import { clockOffset } from '../../live.ts';
import { go, visitPath } from '../../router.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Check, Field } from '../../ui/field.tsx';
import { Card, Notice } from '../../ui/parts.tsx';
import { me } from '../../who.ts';

/** The oldest anybody says they are, in years. */
const OLDEST = 125;

export function Hello({ code, invitation, tooEarly }: { code: string; invitation: Invitation; tooEarly: () => void }) {
  const [name, setName] = useState('');
  const [born, setBorn] = useState('');
  const [confirmed, confirm] = useState(false);
  const task = useTask();
  const year = new Date(Date.now() + clockOffset.value).getFullYear();
  const enter = (): void =>
    task.run(async () => {
      try {
        const guest = await links.join(code, { name: name.trim(), birth_year: Number(born), confirmed: true });
        if (me.value?.kind !== 'person') me.value = guest;
        if (guest.kind === 'guest') go(visitPath(guest.visit));
      } catch (error) {
        if (error instanceof Problem && error.code === 'too_early') tooEarly();
        else throw error;
      }
    });
  return (
    <Card>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); enter(); }}>
        <Field
          label={t('your-name')}
          hint={invitation.for === 'patient' ? t('patient-name-hint') : t('guest-name-hint')}
          value={name} onInput={setName} autocomplete="name" required maxLength={100}
        />
        <Field
          label={t('birth-year')} hint={t('birth-year-hint')} type="number"
          min={String(year - OLDEST)} max={String(year)} value={born} onInput={setBorn} autocomplete="bday-year" required
        />
        <Check label={t('confirm-true')} hint={t('confirm-why')} checked={confirmed} onChange={confirm} required />
        {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
        <Button kind="primary" submit wide busy={task.busy}>{t('guest-enter')}</Button>
      </form>
    </Card>
  );
}
