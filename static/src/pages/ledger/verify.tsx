/** Checking saved proofs in the app: nothing is sent, and once the page is open it needs no line. */
import { useEffect, useState } from 'preact/hooks';

import { t } from '../../i18n.ts';
import type { About } from '../../ledger/about.ts';
import { about, witness } from '../../ledger/browser.ts';
import { Page } from '../../ui/page.tsx';
import { SaveChecker } from './save-checker.tsx';
import { type Known, Verifier } from './verifier.tsx';

export function VerifyPage() {
  const [known, setKnown] = useState<(Known & { about: About }) | null>(null);
  useEffect(() => {
    // Without the server the keys can come from a file.
    Promise.all([witness.policy(), about()]).then(([policy, said]) => {
      if (policy !== null && said !== null) setKnown({ policy, origin: said.origin, trust: said.trust, about: said });
    }, () => undefined);
  }, []);
  return (
    <Page heading={t('verify-title')} narrow>
      <Verifier known={known} />
      <div class="actions">
        {known !== null && <SaveChecker about={known.about} />}
        <a class="button quiet" href="/">{t('to-start')}</a>
      </div>
    </Page>
  );
}
