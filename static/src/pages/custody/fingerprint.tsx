/** The short form of a key, in groups that can be read aloud; and whether the key says whose it is. */
import { useEffect, useState } from 'preact/hooks';

import { asPublic, type KeptKey } from '../../custody.ts';
import { t } from '../../i18n.ts';
import { fingerprint, verifyBinding } from '../../seal/identity.ts';
import { Notice } from '../../ui/parts.tsx';

export function Fingerprint({ of }: { of: KeptKey }) {
  const [shown, show] = useState<string | null>(null);
  const [bound, setBound] = useState(true);
  useEffect(() => {
    const key = asPublic(of);
    void verifyBinding(key).then(setBound);
    void fingerprint(key).then((text) => show(text.match(/.{1,5}/g)?.join('-') ?? text));
  }, [of.id, of.sig]);
  if (!bound) return <Notice meaning="stop" alert><p>{t('clinic-key-unbound')}</p></Notice>;
  return <code class="fingerprint">{shown ?? ''}</code>;
}
