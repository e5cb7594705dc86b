/** A visit that has ended, with its chat, for the tests of records. */
import type { VisitDetail } from '../../src/api.ts';
import type { MyIdentity, VisitKeys } from '../../src/keys.ts';
import { openWraps, wrapsFor } from '../../src/keys/machinery.ts';
import type { VisitKey } from '../../src/keys/visit.ts';
import type { SealPorts } from '../../src/records/seal.ts';
import type { NewRecord, RecordView } from '../../src/records/server.ts';
import { base64url, type Bytes, fromBase64url } from '../../src/seal/bytes.ts';
import { bind, importBundle, makeBundle } from '../../src/seal/identity.ts';
import { type Author, Chain, type Link, sealBody } from '../../src/seal/transcript.ts';
import type { Said } from '../../src/wire.ts';
import { id, seeded } from './seal-keys.ts';

export const VISIT = id('visit');
export const KEY = (): Bytes => seeded('transcript key');

export interface Actor {
  mine: MyIdentity;
  listed: VisitKey;
  author: Author;
}

export async function actor(name: string): Promise<Actor> {
  const identity = await importBundle(await makeBundle());
  const mine = { person: id(name), key: id(`key of ${name}`), identity };
  const key = await bind(identity, mine.person, mine.key);
  const listed = { ...key, rsaBytes: fromBase64url(key.rsa), edBytes: fromBase64url(key.ed), fresh: false };
  return { mine, listed, author: { key: identity.ed, ed: identity.edPublic } };
}

/** The chat of a visit, message by message, as honest browsers write it. */
export class Chatting {
  readonly said: Said[] = [];
  private chain: Promise<Chain> = Chain.of(VISIT);

  async write(seat: string, author: Author, text: string, seen?: Link): Promise<void> {
    const chain = await this.chain;
    const seq = this.said.length + 1;
    const message = id(`message ${seq}`);
    const body = await sealBody(KEY(), { visit: VISIT, message, author, seen: seen ?? chain.head, text });
    await chain.push({ seq, id: message, seat: id(seat), body });
    this.said.push({ seq, id: message, seat: id(seat), at: 1_000 + seq, body: base64url(body) });
  }
}

export const DETAIL: VisitDetail = {
  id: VISIT, state: 'ended', patient: 'Asha Devi', doctor: { name: 'Dr. Rao', department: null, qualification: null, registration: null, council: null, verified_on: null }, made_by: 'doctor',
  made_at: 1_000, ended_at: 9_000, planned_at: null, here: 0, seat: id('doctor seat'),
  seats: [
    { id: id('doctor seat'), role: 'doctor', name: 'Dr. Rao', birth_year: null, confirmed_at: null },
    { id: id('patient seat'), role: 'patient', name: 'Asha Devi', birth_year: null, confirmed_at: null },
    { id: id('guest seat'), role: 'guest', name: 'Her son', birth_year: null, confirmed_at: null },
  ],
};

export async function keysOf(doctor: Actor, patient: Actor): Promise<VisitKeys> {
  const of = { visit: VISIT, doctor: [doctor.listed], patient: [patient.listed], clinic: null, wraps: [], warnings: [] };
  return { ...of, wraps: await wrapsFor(of, KEY()) };
}

/** A server that keeps the first record it is given. */
export class Cabinet {
  kept: NewRecord | null = null;
  handedIn = 0;

  readonly add = async (record: NewRecord): Promise<RecordView> => {
    this.handedIn += 1;
    this.kept ??= record;
    const { id: one, visit } = this.kept;
    return {
      id: one, kind: 'transcript', patient_id: id('patient'), patient: DETAIL.patient, department: null, visit: visit ?? null, doctor: DETAIL.doctor,
      author: DETAIL.doctor.name, own: false, corrects: null, asked: false, ver: 1, at: 1, cid: 'b', size: 1, blocks: 0, custody: false, restricted: false,
    };
  };
}

/** Everything the sealing asks for, as `who` has it. Pages of two, so that paging is seen. */
export function portsOf(who: Actor, of: VisitKeys, said: readonly Said[], cabinet: Cabinet): SealPorts {
  return {
    identity: async () => who.mine,
    visit: async () => DETAIL,
    chat: async (_visit, after) => ({ chat: said.filter((one) => one.seq > after).slice(0, 2), last: said.at(-1)?.seq ?? 0 }),
    keysOf: async () => of,
    transcriptKey: async () => openWraps(who.mine, of.wraps),
    find: async () => null,
    add: cabinet.add,
    uuid: () => id(`record ${who.mine.person} ${cabinet.handedIn}`),
    now: () => 10_000,
  };
}
