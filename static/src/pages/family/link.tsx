/** Linking a grown-up to a child: who, what they are to it, and the paper that was looked at. */
import { useState } from 'preact/hooks';

import { type Person, Problem } from '../../api.ts';
import { family, type Linked, PAPERS, type Papers, type Relation, RELATIONS } from '../../family.ts';
import { t } from '../../i18n.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Check, Choose } from '../../ui/field.tsx';
import { Notice } from '../../ui/parts.tsx';
import { Pick } from './pick.tsx';
import { papersWord, relationWord } from './words.ts';

/** Why it was refused, as the desk can act on it. */
function refusal(error: unknown, adult: string, child: string): unknown {
  if (!(error instanceof Problem)) return error;
  if (error.code === 'of_age') return new Problem(error.code, error.status, t('guardian-of-age', { name: adult, who: child }));
  if (error.status === 404) return new Problem(error.code, error.status, t('guardian-no-account', { name: adult }));
  return error;
}

interface Child {
  id: string;
  name: string;
}

export function LinkGuardian({ child, people, done }: { child: Child; people: readonly Person[]; done: (linked: Linked) => void }) {
  const [adult, choose] = useState<Person | null>(null);
  if (adult === null) return <Pick label={t('guardian-whom', { name: child.name })} all={people} name={(one) => t('guardian-choose-name', { name: one.name })} pick={choose} />;
  return <Papers key={adult.id} child={child} adult={adult} other={() => choose(null)} done={done} />;
}

function Papers({ child, adult, other, done }: { child: Child; adult: Person; other: () => void; done: (linked: Linked) => void }) {
  const [relation, relate] = useState<Relation | ''>('');
  const [papers, show] = useState<Papers | ''>('');
  const [looked, look] = useState(false);
  const task = useTask();
  const send = (): void => task.run(async () => {
    if (relation === '' || papers === '') return;
    try {
      done(await family.link(child.id, adult.id, relation, papers));
    } catch (error) {
      throw refusal(error, adult.name, child.name);
    }
  });
  const blank = { value: '', label: t('choose') };
  return (
    <form class="stack" onSubmit={(event) => { event.preventDefault(); send(); }}>
      <div class="actions"><p class="card-title" dir="auto">{adult.name}</p><Button kind="quiet" onClick={other}>{t('guardian-other')}</Button></div>
      <Choose label={t('guardian-relation-of', { name: child.name })} value={relation} onChange={(word) => relate(RELATIONS.find((one) => one === word) ?? '')} options={[blank, ...RELATIONS.map((one) => ({ value: one, label: relationWord(one) }))]} />
      <Choose label={t('guardian-papers')} hint={t('guardian-papers-hint')} value={papers} onChange={(word) => show(PAPERS.find((one) => one === word) ?? '')} options={[blank, ...PAPERS.map((one) => ({ value: one, label: papersWord(one) }))]} />
      <Check label={t('guardian-looked', { name: adult.name })} checked={looked} onChange={look} required />
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      <div><Button kind="primary" submit busy={task.busy} disabled={relation === '' || papers === '' || !looked}>{t('guardian-link', { name: adult.name })}</Button></div>
      <p class="hint">{t('guardian-told')}</p>
    </form>
  );
}
