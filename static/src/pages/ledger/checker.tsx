/** The file that people keep to check proofs without the clinic: this page alone, with everything in it. Built into `check.html`. */
import { render } from 'preact';

import { speak, t } from '../../i18n.ts';
import english from '../../i18n/en.ftl?raw';
import more from '../../i18n/en-ledger.ftl?raw';
import { readPolicy } from '../../ledger/policy.ts';
import { aboutShape } from '../../ledger/about.ts';
import base from '../../ui/base.css?inline';
import tokens from '../../ui/tokens.css?inline';
import ledger from './ledger.css?inline';
import { type Known, Verifier } from './verifier.tsx';

/** What was put into the file when it was saved; null when nothing was. */
async function known(): Promise<Known | null> {
  try {
    const said = aboutShape(JSON.parse(document.getElementById('about')?.textContent ?? ''), 'about');
    return { policy: await readPolicy(said), origin: said.origin, trust: said.trust };
  } catch {
    return null;
  }
}

const style = document.createElement('style');
style.textContent = tokens + base + ledger;
document.head.append(style);
speak('en', `${english}\n${more}`);
document.title = t('verify-title');
const app = document.getElementById('app');
void known().then((found) => {
  if (app !== null) render(<><h1>{t('verify-title')}</h1><Verifier known={found} /></>, app);
});
