/** One's own keys on the clinic's log: on a home nothing is said when all is well. */
import { useEffect, useState } from 'preact/hooks';

import { Problem } from '../../api.ts';
import { t } from '../../i18n.ts';
import { keys } from '../../keys.ts';
import { about, forgetLog, witness } from '../../ledger/browser.ts';
import { type OwnStanding, ownStanding } from '../../ledger/own.ts';
import { ledgerServer } from '../../ledger/server.ts';
import { clockOffset } from '../../live.ts';
import { fromBase64url } from '../../seal/bytes.ts';
import { useTask } from '../../task.ts';
import { Notice } from '../../ui/parts.tsx';
import { Sure } from '../../ui/sure.tsx';
import { NotProven } from './parts.tsx';

async function look(): Promise<OwnStanding | null> {
  const mine = await keys.identity();
  if (mine === null) return null;
  const { identity, key, person } = mine;
  const { sayer } = await keys.machinery();
  return ownStanding({ person, key, shown: { rsa: identity.rsaPublic, ed: identity.edPublic } }, {
    window: async () => (await about())?.window_ms ?? null,
    own: ledgerServer.own,
    say: () => sayer.key(identity.ed, person, identity.rsaPublic, identity.edPublic),
    hand: ledgerServer.say,
    proof: ledgerServer.keysOf,
    keys: async () => (await keys.list()).filter((one) => one.status === 'live').map((one) => ({ rsa: fromBase64url(one.rsa), ed: fromBase64url(one.ed) })),
    witness,
    now: () => Date.now() + clockOffset.peek(),
  });
}

/** Somebody's home is no place for what may only be a thin line: that is said in the call, where it matters. */
function quiet(error: unknown): null {
  if (error instanceof Problem) return null;
  throw error;
}

/** `full`: also says so when all is well. */
export function OwnKeys({ full }: { full?: boolean }) {
  const [found, setFound] = useState<OwnStanding | null>(null);
  const task = useTask();
  const kind = keys.state.value.kind;
  const again = (): void => task.run(async () => setFound(await look().catch(quiet)));
  useEffect(() => {
    if (kind === 'ready') again();
  }, [kind]);
  const startOver = (): void => task.run(async () => {
    await forgetLog();
    location.reload();
  });
  switch (found?.kind) {
    case 'missing': return <Notice meaning="stop" alert><p>{t('own-missing')}</p></Notice>;
    case 'stranger': return <Notice meaning="stop" alert><p>{t('own-stranger')}</p><a class="button" href="/keys">{t('own-keys')}</a></Notice>;
    case 'broken': return (
      <div class="stack">
        <NotProven why={found.why} title={t('own-broken-title')} todo={t('own-broken')} />
        <div><Sure label={t('own-anew')} yes={t('own-anew-yes')} busy={task.busy} onYes={startOver}>{t('own-anew-sure')}</Sure></div>
      </div>
    );
    case 'fine': return full === true ? <Notice meaning="good"><p>{t('own-fine')}</p></Notice> : null;
    case 'waiting': return full === true ? <Notice meaning="wait"><p>{t('own-waiting')}</p></Notice> : null;
    default: return null;
  }
}
