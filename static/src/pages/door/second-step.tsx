/** The second step of a sign-in: the code of the app, or a recovery code. */
import { Problem } from '../../api.ts';
import { doorServer } from '../../door/server.ts';
import { t } from '../../i18n.ts';
import { enter } from '../../sign-in.ts';
import { Page, SignOut } from '../../ui/page.tsx';
import { Card } from '../../ui/parts.tsx';
import { toast } from '../../ui/toast.tsx';
import { signedOut } from '../../who.ts';
import { FactorForm } from './code-form.tsx';

export function SecondStepPage() {
  const send = async (code: string): Promise<void> => {
    try {
      await enter(await doorServer.secondStep(code));
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'no_session') throw error;
      toast(t('second-step-late'));
      signedOut();
    }
  };
  return (
    <Page heading={t('second-step-title')} narrow>
      <p>{t('second-step-why')}</p>
      <Card><FactorForm submit={t('sign-in')} send={send} /></Card>
      <div><SignOut label={t('sign-in-as-other')} /></div>
    </Page>
  );
}
