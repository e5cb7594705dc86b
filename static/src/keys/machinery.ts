/** Everything behind `keys.ts` in one piece, fetched together. */
import { type Bytes, base64url, fromBase64url } from '../seal/bytes.ts';
import { unwrapKey, wrapKey } from '../seal/transcript.ts';
import { sayer } from '../ledger/sayer.ts';
import { deviceName } from './device-name.ts';
import { Holder } from './holder.ts';
import { keyServer, type KeyWrap } from './server.ts';
import type { KeyState } from './state.ts';
import { keyStore, type MyIdentity } from './store.ts';
import type { VisitKeys } from './visit.ts';

export { pendingKey, approveWith } from './approve.ts';
export { sayer };
export { keyLog } from '../ledger/key-log.ts';
export { NotOpened } from './holder.ts';
export { readCrockford } from '../seal/bytes.ts';
export { formatCode, makeCode, parseCode } from '../seal/recovery.ts';
export { keyServer } from './server.ts';
export { eraseKeyStore, keyStore } from './store.ts';
export { keysOfRecord } from './record.ts';
export { accept, keysOfVisit } from './visit.ts';

export function makeHolder(person: string, changed: (state: KeyState) => void): Holder {
  return new Holder(person, {
    server: keyServer,
    store: keyStore,
    uuid: () => crypto.randomUUID(),
    device: () => deviceName(navigator.userAgent),
    changed,
    sayer,
  });
}

/** The key in the wrap that is for our key. Null when there is none, or it doesn't open. */
export async function openWraps(mine: MyIdentity, wraps: readonly KeyWrap[]): Promise<Bytes | null> {
  const wrap = wraps.find((one) => one.key === mine.key);
  return wrap === undefined ? null : unwrapKey(mine.identity.rsa, fromBase64url(wrap.ek)).catch(() => null);
}

/** A transcript key wrapped for everybody's live keys. */
export function wrapsFor({ doctor, patient }: VisitKeys, transcript: Bytes): Promise<KeyWrap[]> {
  return Promise.all([...doctor, ...patient].map(async (one) => ({ key: one.id, ek: base64url(await wrapKey(one.rsaBytes, transcript)) })));
}
