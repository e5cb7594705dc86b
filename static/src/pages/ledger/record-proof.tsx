/** "Prove it" on a record: the proof must fit the very bytes that are shown. */
import type { Proven } from '../../ledger/proof.ts';
import { provesRecord } from '../../ledger/proof.ts';
import type { RecordHead } from '../../seal/jwe.ts';
import { fromGeneral, type GeneralJwe } from '../../seal/jwe.ts';
import { Prove } from './prove.tsx';

export function RecordProof({ head, sealed }: { head: RecordHead; sealed: GeneralJwe }) {
  const { protected: header, iv, ciphertext, tag, recipients } = sealed;
  const fits = (proven: Proven): Promise<void> => provesRecord(proven, { id: head.rec, ver: head.ver, kind: head.kind }, fromGeneral(sealed).object);
  return <Prove key={`${head.rec} ${head.ver}`} of={{ kind: 'record', id: head.rec, ver: head.ver }} fits={fits} sealed={{ protected: header, recipients, iv, ciphertext, tag }} />;
}
