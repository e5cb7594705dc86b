/** Inviting somebody by a link, and taking a link back. */
import { Copy, Link as LinkIcon } from 'lucide';
import { useEffect, useState } from 'preact/hooks';

import { api, type Link, type MadeLink } from '../../api.ts';
import { t } from '../../i18n.ts';
import { clockOffset } from '../../live.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/parts.tsx';
import { toast } from '../../ui/toast.tsx';
import { when } from '../../when.ts';

function soon(at: number): string {
  return when(at, Date.now() + clockOffset.value);
}

export function Invite({ visit }: { visit: string }) {
  const [made, setMade] = useState<MadeLink | null>(null);
  const [links, setLinks] = useState<Link[]>([]);
  const task = useTask();
  useEffect(() => task.run(async () => setLinks(await api.links(visit))), [visit]);
  const make = (): void => task.run(async () => setMade(await api.makeLink(visit)));
  const takeBack = (id: string): void =>
    task.run(async () => {
      await api.revokeLink(visit, id);
      setLinks(await api.links(visit));
    });
  const waiting = links.filter((one) => !one.revoked && !one.used && one.expires > Date.now() + clockOffset.value);
  return (
    <div class="stack">
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      {made === null ? <Button icon={LinkIcon} busy={task.busy} onClick={make}>{t('invite')}</Button> : <Made link={made} />}
      {waiting.length > 0 && (
        <ul class="rows">
          {waiting.map((one) => (
            <li key={one.id} class="visit-row">
              <div class="row-main"><span>{t('link-unused', { time: soon(one.made_at) })}</span></div>
              <Button kind="quiet" busy={task.busy} onClick={() => takeBack(one.id)}>{t('link-take-back')}</Button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Made({ link }: { link: MadeLink }) {
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(link.url);
      toast(t('link-copied'));
    } catch {
      toast(t('link-copy-by-hand'));
    }
  };
  return (
    <div class="field">
      <label for="guest-link">{t('guest-link')}</label>
      <p class="hint" id="guest-link-hint">{t('guest-link-hint', { until: soon(link.expires) })}</p>
      <input id="guest-link" readOnly value={link.url} aria-describedby="guest-link-hint" onFocus={(event) => event.currentTarget.select()} />
      <Button icon={Copy} onClick={() => void copy()}>{t('copy-link')}</Button>
    </div>
  );
}
