/** Files that somebody chose to have checked: proofs, sealed records, and the keys to check with; told apart by what is in them. */
import { fromGeneral, type GeneralJwe, readHead } from '../seal/jwe.ts';
import { list, record, text } from '../shape.ts';
import { parsePolicy, type Policy } from './policy.ts';
import { MAX_PROOF, type Proven, provesRecord, verifyProof } from './proof.ts';
import { Unproven } from './unproven.ts';

/** Most bytes of a file: a sealed record is at most 1 MiB, and a third more as text. */
export const MAX_FILE = 3 * 1024 * 1024;

const jwe = record({
  protected: text, iv: text, ciphertext: text, tag: text,
  recipients: list(record({ header: record({ alg: text, kid: text }), encrypted_key: text })),
});

export type Chosen =
  | { kind: 'proof'; text: string }
  | { kind: 'policy'; policy: Policy }
  | { kind: 'record'; jwe: GeneralJwe };

/** What a file is; null when it is nothing that can be checked. */
export async function recognise(content: string): Promise<Chosen | null> {
  if (content.length > MAX_FILE) return null;
  if (content.startsWith('c2sp.org/tlog-proof@')) return content.length > MAX_PROOF ? null : { kind: 'proof', text: content };
  if (/^\s*\{/.test(content)) {
    try {
      return { kind: 'record', jwe: jwe(JSON.parse(content), 'file') };
    } catch {
      return null;
    }
  }
  return parsePolicy(content).then((policy) => ({ kind: 'policy', policy }), () => null);
}

/** Checks a proof, and the sealed record that is said to belong to it when there is one. Throws {@link Unproven}. */
export async function checkFiles(proof: string, sealed: GeneralJwe | null, policy: Policy): Promise<Proven> {
  const proven = await verifyProof(proof, policy);
  if (sealed === null) return proven;
  const { object } = readSealed(sealed);
  const head = readHead(object);
  await provesRecord(proven, { id: head.rec, ver: head.ver, kind: head.kind }, object);
  return proven;
}

function readSealed(sealed: GeneralJwe): ReturnType<typeof fromGeneral> {
  try {
    return fromGeneral(sealed);
  } catch {
    throw new Unproven('changed');
  }
}
