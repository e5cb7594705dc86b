/** Sending a link to a phone: for the patient or for somebody who comes along. */
import { MessageSquareText } from 'lucide';
import { useState } from 'preact/hooks';

import { t } from '../../i18n.ts';
import { links } from '../../links.ts';
import { LANGUAGES } from '../../organisations.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Choose, Field } from '../../ui/field.tsx';
import { Notice } from '../../ui/parts.tsx';
import { toast } from '../../ui/toast.tsx';

interface SendProps {
  visit: string;
  patient: string;
  phone: string;
  language: string;
  open: boolean;
  sent: () => void;
}

export function SendLink({ visit, patient, sent, ...first }: SendProps) {
  const [whom, setWhom] = useState<'patient' | 'guest'>('patient');
  const [phone, setPhone] = useState(first.phone);
  const [language, setLanguage] = useState(first.language);
  const task = useTask();
  const send = (): void =>
    task.run(async () => {
      await links.make(visit, { for: whom, phone: plainPhone(phone), language });
      toast(t('link-sent'));
      sent();
    });
  return (
    <details open={first.open}>
      <summary>{t('link-send-title')}</summary>
      <form class="stack" onSubmit={(event) => { event.preventDefault(); send(); }}>
        <Choose
          label={t('link-whom')}
          value={whom}
          onChange={(word) => setWhom(word === 'guest' ? 'guest' : 'patient')}
          options={[{ value: 'patient', label: t('link-for-patient', { name: patient }) }, { value: 'guest', label: t('link-for-guest') }]}
        />
        <Field label={t('phone')} hint={t('phone-hint')} type="tel" value={phone} onInput={setPhone} autocomplete="off" required maxLength={30} />
        <LanguageField language={language} choose={setLanguage} />
        {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
        <div><Button submit icon={MessageSquareText} busy={task.busy}>{t('link-send')}</Button></div>
      </form>
    </details>
  );
}

/** A number as the server wants it: no spaces, dashes or brackets. */
export function plainPhone(typed: string): string {
  return typed.replace(/[\s().-]/g, '');
}

export function LanguageField({ language, choose }: { language: string; choose: (language: string) => void }) {
  return <Choose label={t('language-of-message')} value={language} onChange={choose} options={LANGUAGES.map(({ tag, name }) => ({ value: tag, label: name }))} />;
}
