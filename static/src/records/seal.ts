/** Sealing the record of a visit that has ended: its chat, opened here, becomes one object that only doctor and patient can open. */
import { Problem, type VisitDetail } from '../api.ts';
import type { MyIdentity, VisitKeys } from '../keys.ts';
import type { SealingKey, Side } from '../keys/visit.ts';
import type { Sayer } from '../ledger/says.ts';
import { BadBytes, type Bytes, base64url, random } from '../seal/bytes.ts';
import { forServer, sealRecord } from '../seal/jwe.ts';
import type { Said } from '../wire.ts';
import type { NewRecord, RecordView } from './server.ts';
import { transcriptOf } from './transcript.ts';

/** What sealing needs done elsewhere. */
export interface SealPorts {
  identity(): Promise<MyIdentity | null>;
  visit(visit: string): Promise<VisitDetail>;
  chat(visit: string, after: number): Promise<{ chat: Said[]; last: number }>;
  keysOf(visit: string): Promise<VisitKeys>;
  transcriptKey(of: VisitKeys): Promise<Bytes | null>;
  /** The id of the visit's record, when there is one already. */
  find(visit: string): Promise<string | null>;
  add(record: NewRecord): Promise<RecordView>;
  uuid(): string;
  /** ms since 1970. */
  now(): number;
  /** What the author's key says to the log; nothing where there is none. */
  sayer?: Pick<Sayer, 'record'>;
}

export type Sealed =
  | { kind: 'sealed'; record: string }
  /** Nothing was written: there is nothing to keep. */
  | { kind: 'empty' }
  /** The visit is not over, or not ours. */
  | { kind: 'not_ended' }
  /** This device can't open the chat; another one of doctor or patient can seal it. */
  | { kind: 'no_key' }
  /** These have keys that this browser did not see before: nothing is sealed for them until the person here says so. */
  | { kind: 'new_key'; sides: Side[] }
  /** The server shows keys that are not bound to their person: nothing is sealed. */
  | { kind: 'bad_key' }
  /** One of the two never signed in and the clinic keeps no key, so there is none to seal to: it waits for them, and the chat stays as it is. */
  | { kind: 'no_peer' }
  /** More than one record can hold. The chat stays, sealed, where it is. */
  | { kind: 'too_large' };

async function wholeChat(visit: string, ports: SealPorts): Promise<Said[]> {
  const all: Said[] = [];
  for (;;) {
    const page = await ports.chat(visit, all.at(-1)?.seq ?? 0);
    all.push(...page.chat);
    if (page.chat.length === 0 || (all.at(-1)?.seq ?? 0) >= page.last) return all;
  }
}

/** Whoever was never let in does not get the chat, and does not seal it either. */
function outside(error: unknown): null {
  if (error instanceof Problem && error.status === 403) return null;
  throw error;
}

/** Seals a visit's record and hands it in. When somebody was first, theirs is it. Throws what the server or the line throws: try again. */
export async function sealOnce(visit: string, ports: SealPorts): Promise<Sealed> {
  const found = await ports.find(visit);
  if (found !== null) return { kind: 'sealed', record: found };
  const mine = await ports.identity();
  if (mine === null) return { kind: 'no_key' };
  const detail = await ports.visit(visit);
  if (detail.state !== 'ended') return { kind: 'not_ended' };
  const chat = await wholeChat(visit, ports).catch(outside);
  if (chat === null) return { kind: 'no_key' };
  if (chat.length === 0) return { kind: 'empty' };
  const of = await ports.keysOf(visit);
  const { clinic } = of;
  // A key that waits for the log is used meanwhile.
  const warnings = of.warnings.filter(({ kind }) => kind !== 'pending' && kind !== 'late');
  if (clinic === 'unbound' || warnings.some((one) => one.kind !== 'changed')) return { kind: 'bad_key' };
  if (warnings.length > 0) return { kind: 'new_key', sides: warnings.map((one) => one.side) };
  // A patient who never signed in has no key; the clinic's, where there is one, keeps the record for them.
  if (of.doctor.length === 0 || (of.patient.length === 0 && clinic === null)) return { kind: 'no_peer' };
  const key = await ports.transcriptKey(of);
  if (key === null) return { kind: 'no_key' };
  try {
    const transcript = await transcriptOf(detail, chat, of, key);
    return { kind: 'sealed', record: (await handIn(detail, JSON.stringify(transcript), mine, of, clinic, ports)).id };
  } catch (error) {
    const full = error instanceof BadBytes || (error instanceof Problem && error.status === 413);
    if (full) return { kind: 'too_large' };
    throw error;
  } finally {
    key.fill(0);
  }
}

/** Filed where its doctor works, so that a timeline can be narrowed to there. */
async function handIn({ id: visit, doctor }: VisitDetail, json: string, mine: MyIdentity, of: VisitKeys, clinic: SealingKey | null, ports: SealPorts): Promise<RecordView> {
  const id = ports.uuid();
  const head = { rec: id, ver: 1, kind: 'transcript', visit, key: mine.key, at: ports.now() } as const;
  const recipients = [...of.doctor, ...of.patient, ...(clinic === null ? [] : [clinic])].map((one) => ({ kid: one.id, rsa: one.rsaBytes }));
  const { object, wraps } = await sealRecord(head, json, recipients);
  const salt = random(32);
  const said = await ports.sayer?.record(mine.identity.ed, { record: id, ver: 1, kind: head.kind, visit, consent: null, salt, object });
  return ports.add({ visit, ...(doctor.department !== null && { department: doctor.department }), id, salt: base64url(salt), ...said, ...forServer(object, wraps, clinic?.id ?? null) });
}
