/** The profile: each fact with its own change, in a dialog with one question. */
import { useEffect, useState } from 'preact/hooks';

import { doorLanguages, languageName } from '../../door/languages.ts';
import { doorServer, type Profile, type ProfileChange, SEXES } from '../../door/server.ts';
import { yearOf } from '../../door/typed.ts';
import { Problem } from '../../api.ts';
import { t } from '../../i18n.ts';
import { clockOffset } from '../../live.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { Notice, Skeleton } from '../../ui/parts.tsx';
import { toast } from '../../ui/toast.tsx';
import { look, me, take } from '../../who.ts';
import { Choices } from '../door/choices.tsx';
import { ChangeContact } from './contact.tsx';

type Fact = 'name' | 'birth_year' | 'sex' | 'language' | 'guardian' | 'contact';

interface Row {
  fact: Fact;
  label: string;
  value: string;
}

export function ProfileSection({ login }: { login: string }) {
  const [profile, setProfile] = useState<Profile | null>(null);
  const [changing, change] = useState<Row | null>(null);
  const task = useTask();
  const load = (): void => task.run(async () => setProfile(await doorServer.profile()));
  useEffect(load, []);
  if (profile === null && task.error === null) return <Skeleton rows={4} />;
  if (profile === null) return <Notice meaning="stop" alert><p>{task.error}</p><Button onClick={load}>{t('try-again')}</Button></Notice>;
  const changed = (next: Profile): void => {
    setProfile(next);
    change(null);
    toast(t('profile-changed'));
    // The name stands at the top of every page.
    if (next.name !== me.peek()?.name) void look().then(take, () => undefined);
  };
  return (
    <section class="stack">
      <h2>{t('profile-title')}</h2>
      <dl class="summary">
        <div><dt>{t('user-name')}</dt><dd>{login}</dd></div>
        {rows(profile).map((row) => (
          <div key={row.fact}>
            <dt>{row.label}</dt>
            <dd dir="auto">{row.value || <span class="quiet">{t('not-said')}</span>}</dd>
            <dd class="summary-do"><Button kind="quiet" name={t('change-what', { what: row.label })} onClick={() => change(row)}>{t('change')}</Button></dd>
          </div>
        ))}
      </dl>
      {changing?.fact === 'contact' && <ChangeContact close={() => change(null)} changed={() => { change(null); load(); }} />}
      {changing !== null && changing.fact !== 'contact' && <Change row={changing} profile={profile} close={() => change(null)} changed={changed} />}
    </section>
  );
}

function rows(profile: Profile): Row[] {
  const { guardian, sex } = profile;
  return [
    { fact: 'name', label: t('name'), value: profile.name },
    { fact: 'birth_year', label: t('birth-year'), value: profile.birth_year === null ? '' : String(profile.birth_year) },
    { fact: 'sex', label: t('sex'), value: sex === null ? '' : t(`sex-${sex}`) },
    { fact: 'language', label: t('language'), value: profile.language === null ? '' : languageName(profile.language) },
    { fact: 'guardian', label: t('guardian'), value: guardian === null ? '' : [guardian.name, guardian.relation].join(' · ') },
    { fact: 'contact', label: t('contact'), value: [profile.phone, profile.email].filter((one) => one !== undefined && one !== null).join(' · ') },
  ];
}

/** What is sent for a fact, from what stands in its fields. */
function changeOf(fact: Fact, first: string, second: string): ProfileChange {
  switch (fact) {
    case 'birth_year': {
      const year = yearOf(first, new Date(Date.now() + clockOffset.value).getFullYear());
      if (year === null) throw new Problem('bad_field', 0, t('birth-year-shape'));
      return { birth_year: year };
    }
    case 'sex': return { sex: SEXES.find((one) => one === first) ?? 'unsaid' };
    case 'language': return { language: first };
    case 'guardian': return { guardian: first.trim() === '' ? null : { name: first.trim(), relation: second.trim() } };
    default: return { name: first.trim() };
  }
}

function firstOf(fact: Fact, profile: Profile): string {
  switch (fact) {
    case 'birth_year': return profile.birth_year === null ? '' : String(profile.birth_year);
    case 'sex': return profile.sex ?? '';
    case 'language': return profile.language ?? '';
    case 'guardian': return profile.guardian?.name ?? '';
    default: return profile.name;
  }
}

function Change({ row, profile, close, changed }: { row: Row; profile: Profile; close: () => void; changed: (profile: Profile) => void }) {
  const { fact, label } = row;
  const [first, setFirst] = useState(() => firstOf(fact, profile));
  const [second, setSecond] = useState(profile.guardian?.relation ?? '');
  const task = useTask();
  const save = (): void => task.run(async () => changed(await doorServer.changeProfile(changeOf(fact, first, second))));
  return (
    <Dialog title={t('change-what', { what: label })} onClose={close}>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); save(); }}>
        {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
        {fact === 'name' && <Field label={label} value={first} onInput={setFirst} autocomplete="name" required maxLength={100} />}
        {fact === 'birth_year' && <Field label={label} hint={t('birth-year-hint')} value={first} onInput={setFirst} inputMode="numeric" required maxLength={4} />}
        {fact === 'sex' && <Choices legend={label} hidden value={first} onChange={setFirst} options={SEXES.map((word) => ({ value: word, label: t(`sex-${word}`) }))} />}
        {fact === 'language' && <Choices legend={label} hidden value={first} onChange={setFirst} options={doorLanguages([])} />}
        {fact === 'guardian' && (
          <>
            <Field label={t('guardian-name')} hint={t('guardian-none-hint')} value={first} onInput={setFirst} maxLength={100} />
            <Field label={t('guardian-relation')} hint={t('guardian-relation-hint')} value={second} onInput={setSecond} required={first.trim() !== ''} maxLength={60} />
          </>
        )}
        <Button kind="primary" submit wide busy={task.busy}>{task.busy ? t('checking') : t('save')}</Button>
      </form>
    </Dialog>
  );
}
