/** What people say to the log with their own keys: that a key is theirs, a record is as they wrote it, a consent is given. */
import { type Bytes, base64url, fromBase64url, Writer } from '../seal/bytes.ts';
import { sha256, sign } from '../seal/primitives.ts';
import { type EntryKind, KINDS, referenceOf } from './entry.ts';
import { bindingOf, labelOf } from './keymap.ts';
import { commit } from './opening.ts';

/** What is said, as the entry will have it. */
export interface Statement {
  kind: EntryKind;
  /** 32 bytes each. */
  reference: Bytes;
  parent: Bytes;
  commitment: Bytes;
  /** ms since 1970; 0 for no end. */
  notAfter: number;
}

/** A version of a record that is handed in. */
export interface Handed {
  record: string;
  ver: number;
  kind: string;
  /** The visit it comes from. */
  visit: string | null;
  /** The consent by which its author may write it. */
  consent: string | null;
  /** 32 bytes. */
  salt: Bytes;
  object: Bytes;
}

const NOTHING = new Uint8Array(32);

/** `"vaidya/ledger/actor/v1" ‖ kind ‖ reference ‖ parent ‖ commitment ‖ u64 end`: what is signed. */
export function messageOf({ kind, reference, parent, commitment, notAfter }: Statement): Bytes {
  const writer = new Writer().label('vaidya/ledger/actor/v1').u8(KINDS.indexOf(kind) + 1);
  return writer.fixed(reference, 32).fixed(parent, 32).fixed(commitment, 32).u64(notAfter).done();
}

export async function say(key: CryptoKey, statement: Statement): Promise<string> {
  return base64url(await sign(key, messageOf(statement)));
}

/** That this key is this person's. */
export async function ofKey(person: string, salt: Bytes, rsa: Bytes, ed: Bytes): Promise<Statement> {
  const commitment = await bindingOf({ rsaHash: await sha256(rsa), ed });
  return { kind: 'key_bind', reference: await labelOf(person, salt), parent: NOTHING, commitment, notAfter: 0 };
}

/** That this version is what was written: by right of a visit or a consent, after the version before. */
export async function ofRecord({ record, ver, kind, visit, consent, salt, object }: Handed): Promise<Statement> {
  const commitment = await commit(kind, salt, await sha256(object));
  const reference = await referenceOf({ word: 'record', id: record, version: ver });
  return { kind: ver === 1 ? 'record_put' : 'record_amended', reference, parent: await standsOn(record, ver, visit, consent), commitment, notAfter: 0 };
}

function standsOn(record: string, ver: number, visit: string | null, consent: string | null): Promise<Bytes> {
  if (ver > 1) return referenceOf({ word: 'record', id: record, version: ver - 1 });
  if (visit !== null) return referenceOf({ word: 'room', id: visit, version: 0 });
  return consent === null ? Promise.resolve(NOTHING) : referenceOf({ word: 'consent', id: consent, version: 0 });
}

/** That a consent is given: `message` is what the consent says. */
export async function ofGrant(consent: string, message: Bytes, until: number): Promise<Statement> {
  return { kind: 'consent_granted', reference: await referenceOf({ word: 'consent', id: consent, version: 0 }), parent: NOTHING, commitment: await sha256(message), notAfter: until };
}

/** What goes with a request when there is a log: `said`, or nothing. */
export type Said = { said?: string };

/** How the pages say things; none of it ever fails, for what is not said the server says alone, or at the next sign-in. */
export interface Sayer {
  key(key: CryptoKey, person: string, rsa: Bytes, ed: Bytes): Promise<Said>;
  record(key: CryptoKey, handed: Handed): Promise<Said>;
}

/** `salt` is that of whoever is signed in, base64url. */
export function sayerOf(ports: { hasLog(): Promise<boolean>; salt(): Promise<string> }): Sayer {
  const said = async (key: CryptoKey, statement: () => Promise<Statement>): Promise<Said> => {
    try {
      return (await ports.hasLog()) ? { said: await say(key, await statement()) } : {};
    } catch {
      return {};
    }
  };
  return {
    key: (key, person, rsa, ed) => said(key, async () => ofKey(person, fromBase64url(await ports.salt()), rsa, ed)),
    record: (key, handed) => said(key, () => ofRecord(handed)),
  };
}
