/** Proving something here and now: the proof is fetched, checked against what this browser knows of the log, and said to be good only then. */
import { Problem } from '../api.ts';
import type { About } from './about.ts';
import { about, witness } from './browser.ts';
import type { Policy } from './policy.ts';
import { type Proven, verifyProof } from './proof.ts';
import { ledgerServer, type Provable } from './server.ts';
import { Unproven } from './unproven.ts';

export type Outcome =
  | { kind: 'proven'; proven: Proven; file: string; policy: Policy; about: About }
  /** It is on its way to the log, which takes so many seconds as a rule. */
  | { kind: 'waiting'; seconds: number }
  /** Nobody keeps a log here. */
  | { kind: 'no_log' }
  /** `file` is the proof that proves nothing, if one came. */
  | { kind: 'unproven'; why: Unproven; file: string | null };

/** `fits` says what else the proof must fit, and throws {@link Unproven} when it does not. Throws what the line throws. */
export async function prove(of: Provable, fits: (proven: Proven) => Promise<void>): Promise<Outcome> {
  let file: string | null = null;
  let said: About | null = null;
  try {
    said = await about();
    const policy = await witness.policy();
    if (said === null || policy === null) return { kind: 'no_log' };
    file = await ledgerServer.proof(of);
    const proven = await verifyProof(file, policy);
    await witness.see(proven.head.note);
    await fits(proven);
    return { kind: 'proven', proven, file, policy, about: said };
  } catch (error) {
    if (error instanceof Unproven) return { kind: 'unproven', why: error, file };
    if (error instanceof Problem && error.code === 'not_anchored') return { kind: 'waiting', seconds: Math.ceil((said?.window_ms ?? 0) / 1_000) };
    throw error;
  }
}
