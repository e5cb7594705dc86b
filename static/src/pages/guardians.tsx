/** The desk links parents and guardians to children: who answers for a child, on what paper, and ending it. */
import { useState } from 'preact/hooks';

import { api, type Person } from '../api.ts';
import { family, type Guardian, type Linked, type SpokenFor } from '../family.ts';
import { t } from '../i18n.ts';
import { clockOffset } from '../live.ts';
import { Show, useLoaded } from '../loaded.tsx';
import { go } from '../router.ts';
import { useTask } from '../task.ts';
import { Empty, Notice } from '../ui/parts.tsx';
import { Page } from '../ui/page.tsx';
import { Sure } from '../ui/sure.tsx';
import { toast } from '../ui/toast.tsx';
import { when } from '../when.ts';
import { LinkGuardian } from './family/link.tsx';
import { Pick } from './family/pick.tsx';
import { papersWord, relationWord } from './family/words.ts';

/** Most guardians of one child at the same time: the server takes no more. */
const MOST = 4;

/** `child` is whose guardians are shown; null to find one. */
export function GuardiansPage({ child }: { child: string | null }) {
  const people = useLoaded(() => api.people('patient'));
  const chosen = people.value?.find((one) => one.id === child) ?? null;
  return (
    <Page key={child} heading={chosen === null ? t('guardians-title') : t('guardians-of', { name: chosen.name })}>
      {child === null && <p>{t('guardians-why')}</p>}
      <Show of={people}>
        {(all) => (child === null
          ? <Pick label={t('guardian-which-child')} all={all} name={(one) => t('guardian-child-name', { name: one.name })} pick={(one) => go(`/guardians/${one.id}`)} />
          : <OfChild child={child} people={all} />)}
      </Show>
      <div><a class="button" href={child === null ? '/' : '/guardians'}>{child === null ? t('guardian-home') : t('guardian-other-child')}</a></div>
    </Page>
  );
}

function OfChild({ child, people }: { child: string; people: readonly Person[] }) {
  const found = useLoaded(() => family.of(child), child);
  const [linked, link] = useState<Linked | null>(null);
  return (
    <Show of={found}>
      {(of) => (
        <>
          <p>{of.birth_year === null ? t('guardian-born-unknown') : t('guardian-born', { year: String(of.birth_year) })}</p>
          {linked !== null && <Done linked={linked} child={of.name} />}
          {of.child ? <Whole id={child} of={of} people={people} linked={(one) => { link(one); found.reload(); }} ended={found.reload} /> : <Notice meaning="wait"><p>{of.birth_year === null ? t('guardian-no-year', { name: of.name }) : t('guardian-grown-up', { name: of.name })}</p></Notice>}
        </>
      )}
    </Show>
  );
}

function Whole({ id, of, people, linked, ended }: { id: string; of: SpokenFor; people: readonly Person[]; linked: (one: Linked) => void; ended: () => void }) {
  const others = people.filter((one) => one.id !== id && of.guardians.every((link) => link.id !== one.id));
  return (
    <>
      <section class="stack">
        <h2>{t('guardian-now')}</h2>
        {of.guardians.length === 0 && <Empty title={t('guardian-nobody')}><p>{t('guardian-nobody-hint')}</p></Empty>}
        <ul class="rows">{of.guardians.map((one) => <One key={one.id} one={one} child={{ id, name: of.name }} ended={ended} />)}</ul>
      </section>
      {of.guardians.length >= MOST
        ? <Notice meaning="note"><p>{t('guardian-full')}</p></Notice>
        : (
          <details key={of.guardians.length} open={of.guardians.length === 0}>
            <summary>{t('guardian-add')}</summary>
            <div class="stack"><LinkGuardian child={{ id, name: of.name }} people={others} done={linked} /></div>
          </details>
        )}
    </>
  );
}

function One({ one, child, ended }: { one: Guardian; child: { id: string; name: string }; ended: () => void }) {
  const task = useTask();
  const end = (): void => task.run(async () => {
    await family.end(child.id, one.id);
    toast(t('guardian-ended', { name: one.name, who: child.name }));
    ended();
  });
  const since = t('guardian-since', { time: when(one.since, Date.now() + clockOffset.value), name: one.by });
  return (
    <li class="visit-row">
      <div class="row-main">
        <strong dir="auto">{one.name}</strong>
        {one.relation !== null && <span>{relationWord(one.relation)}</span>}
        <span class="quiet" dir="auto">{since}</span>
        {one.papers !== null && <span class="quiet">{papersWord(one.papers)}</span>}
        {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      </div>
      <Sure label={t('guardian-end')} name={t('guardian-end-name', { name: one.name })} yes={t('guardian-end-yes')} busy={task.busy} onYes={end}>{t('guardian-end-sure', { name: one.name, who: child.name })}</Sure>
    </li>
  );
}

/** What the link means for what was there before, said honestly. */
function Done({ linked, child }: { linked: Linked; child: string }) {
  return (
    <Notice meaning={linked.closed ? 'wait' : 'good'} alert>
      <p><strong dir="auto">{t('guardian-linked', { name: linked.name, who: child })}</strong></p>
      {linked.follows && <p>{t('guardian-follows', { name: linked.name })}</p>}
      {linked.closed && <p>{t('guardian-closed', { name: linked.name })}</p>}
    </Notice>
  );
}
