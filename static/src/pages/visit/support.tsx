/** Whether this browser can keep a call private, and the page that says that it can't: there is no call without. */
import { useEffect, useState } from 'preact/hooks';

import { t } from '../../i18n.ts';
import { Page } from '../../ui/page.tsx';
import { Notice } from '../../ui/parts.tsx';
import { type Lack, lackOf } from '../../visit/lack.ts';

/** Undefined until we know; null when nothing is lacking. */
export function useLack(): Lack | null | undefined {
  const [lack, set] = useState<Lack | null | undefined>(undefined);
  useEffect(() => {
    void lackOf(isSecureContext).then(set);
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
