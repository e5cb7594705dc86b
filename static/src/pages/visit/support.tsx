/** Whether this browser can keep a call private, and the page that says that it can't: there is no call without. */
import { useEffect, useState } from 'preact/hooks';

import { t } from '../../i18n.ts';
import { missing } from '../../seal/frames.ts';
import { Page } from '../../ui/page.tsx';
import { Notice } from '../../ui/parts.tsx';

/** What is lacking: `insecure` is the address's fault, the rest the browser's. */
export type Lack = 'insecure' | 'browser';

/** Undefined until we know; null when nothing is lacking. */
export function useLack(): Lack | null | undefined {
  const [lack, set] = useState<Lack | null | undefined>(undefined);
  useEffect(() => {
    if (!isSecureContext) set('insecure');
    else missing().then((what) => set(what === null ? null : 'browser'), () => set('browser'));
  }, []);
  return lack;
}

export function LackPage({ lack }: { lack: Lack }) {
  return (
    <Page heading={t('lack-title')} narrow>
      <Notice meaning="stop" alert><p>{t('lack-why')}</p></Notice>
      <p>{t(`lack-${lack}`)}</p>
    </Page>
  );
}
