/** Where an invite leads: says who invites whom as what, and changes nothing until it is accepted. */
import { useEffect, useState } from 'preact/hooks';

import { Problem, sentence } from '../api.ts';
import { doorServer, type Invite } from '../door/server.ts';
import { t } from '../i18n.ts';
import { clockOffset } from '../live.ts';
import { go } from '../router.ts';
import { enter, newSession } from '../sign-in.ts';
import { newPassword } from '../stretching.ts';
import { useTask } from '../task.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { Page, SignOut } from '../ui/page.tsx';
import { Card, Notice, Skeleton } from '../ui/parts.tsx';
import { when } from '../when.ts';
import { me } from '../who.ts';
import { LoginPage } from './login.tsx';

export function InvitePage({ code }: { code: string }) {
  const [invite, setInvite] = useState<Invite | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const load = (): void => {
    setProblem(null);
    doorServer.invite(code).then(setInvite, setProblem);
  };
  useEffect(load, [code]);
  if (problem !== null) return <BadInvite problem={problem} again={load} />;
  if (invite === null) return <main class="page narrow"><Skeleton /></main>;
  return <Invited code={code} invite={invite} />;
}

function BadInvite({ problem, again }: { problem: unknown; again: () => void }) {
  const gone = problem instanceof Problem && problem.code === 'bad_link';
  return (
    <Page heading={gone ? t('bad-link-title') : t('unreachable-title')} narrow>
      <Notice meaning="stop" alert><p>{gone ? t('invite-gone') : sentence(problem)}</p></Notice>
      <div class="actions">
        {!gone && <Button kind="primary" onClick={again}>{t('try-again')}</Button>}
        <a class="button" href="/">{t('to-start')}</a>
      </div>
    </Page>
  );
}

function Invited({ code, invite }: { code: string; invite: Invite }) {
  const [known, know] = useState(false);
  const who = me.value;
  if (known && who === null) return <LoginPage />;
  const role = t(`role-${invite.role}`);
  return (
    <Page heading={t('invite-title', { clinic: invite.organisation })} narrow>
      <p>{t('invite-why', { name: invite.name, role })}</p>
      <p class="quiet">{t('invite-until', { time: when(invite.expires, Date.now() + clockOffset.value) })}</p>
      {who?.kind === 'person'
        ? <AcceptAsMyself code={code} name={who.name} login={who.login} />
        : <><MakeAccount code={code} invite={invite} /><div><Button kind="quiet" onClick={() => know(true)}>{t('invite-have-account')}</Button></div></>}
    </Page>
  );
}

function AcceptAsMyself({ code, name, login }: { code: string; name: string; login: string }) {
  const task = useTask();
  const accept = (): void =>
    task.run(async () => {
      const who = await newSession(() => doorServer.acceptInvite(code));
      go('/', true);
      await enter(who);
    });
  return (
    <>
      <Card>
        {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
        <p>{t('invite-as', { name, login })}</p>
        <Button kind="primary" wide busy={task.busy} onClick={accept}>{t('invite-accept')}</Button>
      </Card>
      <div><SignOut label={t('invite-not-me', { name })} /></div>
    </>
  );
}

function MakeAccount({ code, invite }: { code: string; invite: Invite }) {
  const [name, setName] = useState(invite.name);
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const task = useTask();
  const accept = (): void =>
    task.run(async () => {
      const { kdf, key, wrap } = await newPassword(password);
      const who = await doorServer.acceptInvite(code, { login: login.trim(), name: name.trim(), kdf, key });
      setPassword('');
      go('/', true);
      await enter(who, wrap);
    });
  return (
    <Card>
      <h2>{t('invite-account')}</h2>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); accept(); }}>
        {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
        <Field label={t('your-name')} value={name} onInput={setName} autocomplete="name" required maxLength={100} />
        <Field label={t('user-name')} hint={t('register-login-hint')} value={login} onInput={setLogin} autocomplete="username" required maxLength={64} />
        <Field label={t('password')} hint={t('password-hint')} type="password" value={password} onInput={setPassword} autocomplete="new-password" required maxLength={512} />
        <p class="hint">{t('invite-then')}</p>
        <Button kind="primary" submit wide busy={task.busy}>{task.busy ? t('checking') : t('invite-accept')}</Button>
      </form>
    </Card>
  );
}
