/** The rules an organisation sets for everybody in it, each with what it costs. */
import { t } from '../../i18n.ts';
import type { Policy } from '../../organisations.ts';
import { Check, Choose, Field } from '../../ui/field.tsx';

/** Shortest and longest time until a page locks itself, in minutes. */
const LOCK = { min: '1', max: '240' };

export function PolicyFields({ policy, change }: { policy: Policy; change: (policy: Policy) => void }) {
  const lock = (who: keyof Policy['lock']) => (minutes: string): void =>
    change({ ...policy, lock: { ...policy.lock, [who]: Math.max(1, Math.round(Number(minutes)) || 1) } });
  return (
    <>
      <fieldset class="group">
        <legend>{t('policy')}</legend>
        <Choose
          label={t('factor-title')}
          hint={policy.second_factor === 'staff' ? t('policy-factor-staff') : t('policy-factor-nobody')}
          value={policy.second_factor}
          onChange={(word) => change({ ...policy, second_factor: word === 'nobody' ? 'nobody' : 'staff' })}
          options={[{ value: 'staff', label: t('policy-factor-staff-label') }, { value: 'nobody', label: t('policy-factor-nobody-label') }]}
        />
        <Choose
          label={t('custody')}
          hint={policy.custody === 'patient-only' ? t('custody-patient-hint') : t('custody-clinic-hint')}
          value={policy.custody}
          onChange={(word) => change({ ...policy, custody: word === 'patient-only' ? 'patient-only' : 'patient+clinic' })}
          options={[{ value: 'patient+clinic', label: t('custody-clinic') }, { value: 'patient-only', label: t('custody-patient') }]}
        />
        <Choose
          label={t('recording')}
          value={policy.recording}
          onChange={(word) => change({ ...policy, recording: word === 'ask' ? 'ask' : 'off' })}
          options={[{ value: 'off', label: t('recording-off') }, { value: 'ask', label: t('recording-ask') }]}
        />
        <Check label={t('guests-allowed')} hint={t('guests-allowed-hint')} checked={policy.guests} onChange={(guests) => change({ ...policy, guests })} />
        <Field
          label={t('retention')}
          hint={t('retention-hint')}
          type="number"
          min="0"
          max="50"
          value={String(policy.retention_years)}
          onInput={(years) => change({ ...policy, retention_years: Math.max(0, Math.round(Number(years)) || 0) })}
          required
        />
      </fieldset>
      <fieldset class="group">
        <legend>{t('lock-title')}</legend>
        <p class="hint">{t('lock-hint')}</p>
        <div class="pair-fields">
          <Field label={t('lock-desk')} type="number" {...LOCK} value={String(policy.lock.desk)} onInput={lock('desk')} required />
          <Field label={t('lock-staff')} type="number" {...LOCK} value={String(policy.lock.staff)} onInput={lock('staff')} required />
          <Field label={t('lock-patient')} type="number" {...LOCK} value={String(policy.lock.patient)} onInput={lock('patient')} required />
        </div>
      </fieldset>
    </>
  );
}
