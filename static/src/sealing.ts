/** Sees to it that visits that have ended get their record: tries until it is done, and says how it stands. */
import { api } from './api.ts';
import { keys } from './keys.ts';
import { clockOffset } from './live.ts';
import type { Sealed } from './records/seal.ts';
import { Sealer } from './records/sealer.ts';

async function sealHere(visit: string): Promise<Sealed> {
  const [{ sealOnce }, { recordServer }, { sayer }] = await Promise.all([import('./records/seal.ts'), import('./records/server.ts'), keys.machinery()]);
  return sealOnce(visit, {
    identity: keys.identity,
    visit: api.visit,
    chat: api.chat,
    keysOf: keys.ofVisit,
    transcriptKey: keys.transcriptKey,
    find: async (one) => (await recordServer.list()).records.find((record) => record.kind === 'transcript' && record.visit === one)?.id ?? null,
    add: recordServer.add,
    uuid: () => crypto.randomUUID(),
    now: () => Math.round(Date.now() + clockOffset.peek()),
    sayer,
  });
}

const hasPerson = (): boolean => keys.state.peek().kind !== 'none';

export const sealing = new Sealer(sealHere, (ms) => new Promise((resolve) => setTimeout(resolve, ms)), hasPerson);

/** Seals the record of a visit that has just ended. Never throws; `sealing.of(visit)` says how it stands. */
export function sealVisit(visit: string): Promise<void> {
  return hasPerson() ? sealing.seal(visit) : Promise.resolve();
}

/** Seals what was left over when both browsers went away too early. */
export async function catchUp(): Promise<void> {
  const { recordServer } = await import('./records/server.ts');
  const { unsealed } = await recordServer.list();
  for (const visit of unsealed) void sealVisit(visit);
}
