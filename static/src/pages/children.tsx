/** A child's records, for who answers for it: reading, adding, correcting, and who else may see them. */
import './records/records.css';
import './consents/consents.css';

import { FilePlus, Handshake } from 'lucide';
import { useState } from 'preact/hooks';

import { type Child, family } from '../family.ts';
import { t } from '../i18n.ts';
import { clockOffset } from '../live.ts';
import { type Loaded, Show, useLoaded } from '../loaded.tsx';
import { Icon } from '../ui/icon.tsx';
import { Page } from '../ui/page.tsx';
import { Notice } from '../ui/parts.tsx';
import { when } from '../when.ts';
import { Asked } from './consents/asked.tsx';
import { PatientConsents } from './consents/of-patient.tsx';
import { relationWord } from './family/words.ts';
import { KeyNotice } from './key-card.tsx';
import { AddFile } from './records/add.tsx';
import { Sending } from './records/sending.tsx';
import { Timeline } from './records/timeline.tsx';

/** `what` is `add`, `consents`, or null for the records. */
export function ChildPage({ child, what }: { child: string; what: string | null }) {
  const children = useLoaded(family.children);
  const found = children.value?.find((one) => one.id === child) ?? null;
  return (
    <Page key={`${what} ${found?.name ?? ''}`} heading={headingOf(found, what)}>
      <KeyNotice />
      <Known all={children} found={found}>
        {(one) => (what === 'add' ? <Add child={one} /> : what === 'consents' ? <PatientConsents patient={one.id} ward={one.name} /> : <Records child={one} />)}
      </Known>
      <div>{what === null ? <a class="button" href="/">{t('child-home')}</a> : <a class="button" href={`/children/${child}`}>{t('child-back', { name: found?.name ?? '' })}</a>}</div>
    </Page>
  );
}

function headingOf(child: Child | null, what: string | null): string {
  if (child === null) return t('child-title');
  const { name } = child;
  return what === 'add' ? t('child-add', { name }) : what === 'consents' ? t('child-consents', { name }) : t('child-records', { name });
}

function Known({ all, found, children }: { all: Loaded<Child[]>; found: Child | null; children: (one: Child) => preact.ComponentChildren }) {
  return <Show of={all}>{() => (found === null ? <Notice meaning="stop" alert><p>{t('child-not')}</p></Notice> : children(found))}</Show>;
}

function Records({ child }: { child: Child }) {
  const [again, change] = useState(0);
  return (
    <>
      <p>{child.relation === null ? t('child-why', { name: child.name }) : t('child-why-as', { name: child.name, what: relationWord(child.relation) })}</p>
      {child.closed && <Notice meaning="wait"><p>{t('child-closed', { name: child.name, time: when(child.since, Date.now() + clockOffset.value) })}</p></Notice>}
      <Asked patient={child.id} />
      <nav class="actions" aria-label={t('child-records', { name: child.name })}>
        <a class="button primary" href={`/children/${child.id}/add`}><Icon of={FilePlus} />{t('child-add-short')}</a>
        <a class="button" href={`/children/${child.id}/consents`}><Icon of={Handshake} />{t('child-consents-short')}</a>
      </nav>
      <Sending patient={child.id} done={() => change((count) => count + 1)} />
      <Timeline patient={child.id} again={again} empty={t('child-empty', { name: child.name })} />
    </>
  );
}

function Add({ child }: { child: Child }) {
  return (
    <>
      <Sending patient={child.id} done={() => undefined} />
      <AddFile patient={child.id} />
    </>
  );
}
