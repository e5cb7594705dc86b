/** Service tokens: for other programs, with what they may do and until when. */
import { KeyRound } from 'lucide';
import { useState } from 'preact/hooks';

import { t } from '../../i18n.ts';
import { clockOffset } from '../../live.ts';
import { Show, useLoaded } from '../../loaded.tsx';
import { useTask } from '../../task.ts';
import { MAX_DAYS, SCOPES, type Scope, type ServiceToken, standingOf, tokens } from '../../tokens.ts';
import { Button } from '../../ui/button.tsx';
import { CopyField } from '../../ui/copy.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Check, Field } from '../../ui/field.tsx';
import { Badge, Empty, Notice, Table } from '../../ui/parts.tsx';
import { Sure } from '../../ui/sure.tsx';
import { toast } from '../../ui/toast.tsx';
import { when } from '../../when.ts';

const MEANING = { live: 'good', expired: 'note', revoked: 'stop' } as const;

/** How many days a token lives unless told. */
const USUAL_DAYS = 90;

export function TokensSection() {
  const found = useLoaded(tokens.list);
  const [making, make] = useState(false);
  const task = useTask();
  const revoke = (one: ServiceToken): void =>
    task.run(async () => {
      await tokens.revoke(one.id);
      toast(t('token-revoked', { name: one.name }));
      found.reload();
    });
  return (
    <>
      <p>{t('tokens-why')} <a href="/api/docs">{t('docs-open')}</a></p>
      <div><Button kind="primary" icon={KeyRound} onClick={() => make(true)}>{t('token-make')}</Button></div>
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      <Show of={found}>{(all) => all.length === 0 ? <Empty title={t('tokens-empty')}><p>{t('tokens-empty-hint')}</p></Empty> : (
        <Table
          caption={t('tokens-title')}
          head={[t('name'), t('scopes'), t('until'), t('last-used'), t('state'), '']}
          rows={all.map((one) => ({ key: one.id, cells: cells(one, task.busy, () => revoke(one)) }))}
        />
      )}</Show>
      {making && <MakeToken close={() => { make(false); found.reload(); }} />}
    </>
  );
}

function cells(one: ServiceToken, busy: boolean, revoke: () => void): preact.ComponentChildren[] {
  const now = Date.now() + clockOffset.value;
  const standing = standingOf(one, now);
  return [
    <span dir="auto">{one.name}</span>,
    <code>{one.scopes.join(', ')}</code>,
    when(one.expires_at, now),
    one.last_used_at === null ? t('never') : when(one.last_used_at, now),
    <Badge meaning={MEANING[standing]}>{t(`token-state-${standing}`)}</Badge>,
    standing === 'live' && (
      <Sure quiet label={t('token-revoke')} name={t('with-who', { label: t('token-revoke'), name: one.name })} yes={t('token-revoke-yes')} busy={busy} onYes={revoke}>
        {t('token-revoke-sure', { name: one.name })}
      </Sure>
    ),
  ];
}

function MakeToken({ close }: { close: () => void }) {
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<Scope[]>([]);
  const [days, setDays] = useState(String(USUAL_DAYS));
  const [token, setToken] = useState<string | null>(null);
  const task = useTask();
  const send = (): void => task.run(async () => setToken((await tokens.make({ name: name.trim(), scopes, days: Number(days) })).token));
  const flip = (scope: Scope, on: boolean): void => setScopes(SCOPES.filter((one) => (one === scope ? on : scopes.includes(one))));
  if (token !== null) return <Dialog title={t('token-made-title')} onClose={close}><Made token={token} close={close} /></Dialog>;
  return (
    <Dialog title={t('token-make')} onClose={close}>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); send(); }}>
        {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
        <Field label={t('name')} hint={t('token-name-hint')} value={name} onInput={setName} required maxLength={100} />
        <fieldset class="group">
          <legend>{t('scopes')}</legend>
          {SCOPES.map((one) => (
            <Check key={one} label={t(`scope-${one.replace(':', '-')}`)} hint={one} checked={scopes.includes(one)} onChange={(on) => flip(one, on)} />
          ))}
        </fieldset>
        <Field label={t('days')} hint={t('days-hint', { count: MAX_DAYS })} type="number" min="1" max={String(MAX_DAYS)} value={days} onInput={setDays} required />
        <Button kind="primary" submit disabled={scopes.length === 0} busy={task.busy}>{t('token-make-do')}</Button>
      </form>
    </Dialog>
  );
}

function Made({ token, close }: { token: string; close: () => void }) {
  return (
    <div class="stack">
      <Notice meaning="wait"><p>{t('token-once')}</p></Notice>
      <CopyField label={t('token')} value={token} button={t('token-copy')} />
      <Button kind="primary" onClick={close}>{t('token-kept')}</Button>
    </div>
  );
}
