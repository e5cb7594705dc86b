/** Where a guest's link leads: names the clinic and the doctor, asks for a name, and changes nothing until it is given. */
import { useEffect, useState } from 'preact/hooks';

import { api, type Invitation, Problem, sentence } from '../api.ts';
import { t } from '../i18n.ts';
import { go, visitPath } from '../router.ts';
import { useTask } from '../task.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { Page } from '../ui/page.tsx';
import { Card, Notice, Skeleton } from '../ui/parts.tsx';
import { me } from '../who.ts';
import { LackPage, useLack } from './visit/support.tsx';

export function GuestPage({ code }: { code: string }) {
  const [invitation, setInvitation] = useState<Invitation | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  useEffect(() => {
    const known = (found: Invitation): void =>
      found.visit === null ? setInvitation(found) : go(visitPath(found.visit));
    api.invitation(code).then(known, setProblem);
  }, [code]);
  const lack = useLack();
  if (problem !== null) return <BadLink problem={problem} />;
  if (lack) return <LackPage lack={lack} />;
  if (invitation === null || lack === undefined) return <main class="page narrow"><Skeleton /></main>;
  return <Invited code={code} invitation={invitation} />;
}

function BadLink({ problem }: { problem: unknown }) {
  const gone = problem instanceof Problem && problem.code === 'bad_link';
  return (
    <Page heading={gone ? t('bad-link-title') : t('unreachable-title')} narrow>
      <Notice meaning="stop" alert><p>{sentence(problem)}</p></Notice>
      {!gone && <Button kind="primary" onClick={() => location.reload()}>{t('try-again')}</Button>}
    </Page>
  );
}

function Invited({ code, invitation }: { code: string; invitation: Invitation }) {
  const [name, setName] = useState('');
  const task = useTask();
  const enter = (): void =>
    task.run(async () => {
      const guest = await api.joinByLink(code, name.trim());
      if (me.value?.kind !== 'person') me.value = guest;
      if (guest.kind === 'guest') go(visitPath(guest.visit));
    });
  const over = invitation.state === 'ended' || invitation.state === 'declined';
  return (
    <Page heading={t('guest-title', { name: invitation.doctor.name })} narrow>
      <p class="quiet">{[invitation.doctor.department, invitation.clinic].filter(Boolean).join(' · ')}</p>
      <Notice meaning="note"><p>{t('do-not-travel')}</p></Notice>
      {over ? (
        <Notice meaning="stop"><p>{t('guest-over')}</p></Notice>
      ) : (
        <Card>
          <form class="stack" onSubmit={(event) => { event.preventDefault(); enter(); }}>
            {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
            <Field label={t('your-name')} hint={t('guest-name-hint')} value={name} onInput={setName} autocomplete="name" required maxLength={100} />
            <Button kind="primary" submit wide busy={task.busy}>{t('guest-enter')}</Button>
          </form>
        </Card>
      )}
    </Page>
  );
}
