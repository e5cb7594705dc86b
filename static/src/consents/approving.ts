/** Saying yes to an ask: signed with the patient's key, and what it covers wrapped for the doctor's keys, in this browser. */
import { Problem } from '../api.ts';
import { type Approval, approvalMessage, type Consent, consents, type Gift, type Says, type Standing, terms, TEXT_VERSION, type ToApprove } from '../consents.ts';
import { locale, t } from '../i18n.ts';
import type { MyIdentity } from '../keys.ts';
import { type KeyLog, noLog } from '../keys/log.ts';
import type { KeyStore } from '../keys/store.ts';
import { bound, compare, type VisitKey } from '../keys/visit.ts';
import { base64url, fromBase64url } from '../seal/bytes.ts';
import { sign } from '../seal/primitives.ts';
import { rewrapKey } from '../seal/transcript.ts';

/** Most wraps in an approval: more may be too large for the server. What is left out the clinic wraps, where its custody says so. */
const MOST_WRAPS = 7_000;
const MINUTE = 60_000;

export interface ApprovePorts {
  get(consent: string, key: string): Promise<ToApprove>;
  approve(consent: string, approval: Approval): Promise<Consent>;
  store: KeyStore;
  log?: KeyLog;
  /** ms since 1970, by the server's clock. */
  now(): number;
}

/** The doctor has a key that this browser did not see before: the person here decides. */
export class NewDoctorKeys extends Error {
  constructor(readonly keys: readonly VisitKey[]) {
    super('keys that are new to this browser');
  }
}

export type Progress = (done: number, all: number) => void;

/** Approves what was shown, and nothing else. Throws {@link NewDoctorKeys} and what the server says. */
export async function approve(shown: Consent, mine: MyIdentity, guardian: boolean, ports: ApprovePorts, progress: Progress = () => undefined): Promise<Consent> {
  const found = await ports.get(shown.id, mine.key);
  const { grantee } = shown;
  if (grantee === null || shown.minutes === null || !same(shown, found.consent)) throw new Problem('answered', 409, t('consent-changed'));
  const keys = await believed(found, grantee.id, mine.person, ports);
  const until = Math.round(ports.now() + shown.minutes * MINUTE);
  const says: Says = { consent: shown.id, patient: shown.patient_id, key: mine.key, grantee: grantee.id, until };
  const signature = base64url(await sign(mine.identity.ed, await approvalMessage(says, shown)));
  const wraps = await wrapped(mine, found.wraps, keys, progress);
  return ports.approve(shown.id, { key: mine.key, until, signature, ...(guardian && { guardian }), wraps });
}

/** What is signed is what was read. */
function same(shown: Consent, found: Consent): boolean {
  return shown.id === found.id && shown.patient_id === found.patient_id && shown.grantee?.id === found.grantee?.id && terms(shown) === terms(found);
}

async function believed(found: ToApprove, grantee: string, viewer: string, { store, log = noLog }: ApprovePorts): Promise<VisitKey[]> {
  const { keys, unbound, unlogged } = await bound(found.keys.filter((one) => one.person === grantee), log);
  if (unbound || unlogged) throw new Problem('bad_key', 0, t('consent-unbound'));
  if (await compare(keys, viewer, store)) throw new NewDoctorKeys(keys.filter((one) => one.fresh));
  return keys;
}

async function wrapped(mine: MyIdentity, wraps: ToApprove['wraps'], keys: readonly VisitKey[], progress: Progress): Promise<Approval['wraps']> {
  const made: Approval['wraps'] = [];
  const todo = wraps.slice(0, Math.floor(MOST_WRAPS / Math.max(1, keys.length)));
  for (const [i, { record, ver, ek }] of todo.entries()) {
    for (const key of keys) {
      // What does not open here is left out: the clinic may have it.
      const again = await rewrapKey(mine.identity.rsa, fromBase64url(ek), key.rsaBytes).catch(() => null);
      if (again !== null) made.push({ record, ver, key: key.id, ek: base64url(again) });
    }
    progress(i + 1, todo.length);
  }
  return made;
}

/** A consent that stands: signed with the key when there is one here. `ward`: for a child one answers for; `organisation` is whom it is given to. */
export async function gift(subject: Standing, { patient, ward }: { patient: string; ward: boolean }, organisation: string, mine: MyIdentity | null, guardian: boolean): Promise<Gift> {
  const language = locale.peek();
  const speaks = (guardian || ward) && { guardian: true as const };
  const plain: Gift = { id: crypto.randomUUID(), ...(ward && { patient }), subject, text_version: TEXT_VERSION, language, ...speaks };
  if (mine === null) return plain;
  const purpose = subject === 'research' ? 'research' : 'treatment';
  const says: Says = { consent: plain.id, patient, key: mine.key, grantee: organisation, until: 0 };
  const message = await approvalMessage(says, { subject, purpose, kinds: [], departments: null, minutes: null, text_version: TEXT_VERSION, language });
  return { ...plain, key: mine.key, signature: base64url(await sign(mine.identity.ed, message)) };
}

/** The ports, as the pages have them. */
export function approvePorts({ keyStore, keyLog }: { keyStore: KeyStore; keyLog: KeyLog }, now: () => number): ApprovePorts {
  return { get: consents.get, approve: consents.approve, store: keyStore, log: keyLog, now };
}
