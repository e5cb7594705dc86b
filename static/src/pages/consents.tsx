/** Consents: of a patient, who may see what; of a doctor, whom they asked and what they may see. */
import './consents/consents.css';

import { t } from '../i18n.ts';
import { Page } from '../ui/page.tsx';
import { me } from '../who.ts';
import { AskPage } from './consents/ask-form.tsx';
import { EmergencyPage } from './consents/emergency.tsx';
import { GrantPage } from './consents/grant.tsx';
import { DoctorConsents } from './consents/of-doctor.tsx';
import { PatientConsents } from './consents/of-patient.tsx';
import { KeyNotice } from './key-card.tsx';

/** `first` and `second` are what stands behind `/consents/` in the address. */
export function ConsentsPage({ first, second }: { first: string | null; second: string | null }) {
  const who = me.value;
  const doctor = who?.kind === 'person' && who.role === 'doctor';
  if (doctor && first === 'ask') return <AskPage key={second} patient={second} />;
  if (doctor && first === 'emergency') return <EmergencyPage key={second} patient={second} />;
  if (doctor && first !== null) return <GrantPage key={first} consent={first} />;
  return (
    <Page heading={t('consents-title')}>
      <KeyNotice />
      <p>{doctor ? t('consents-why-doctor') : t('consents-why')}</p>
      {doctor ? <DoctorConsents /> : who?.kind === 'person' && <PatientConsents patient={who.id} ward={null} />}
    </Page>
  );
}
