/** Builds the vectors that both languages check themselves against. `npx tsx tests/unit/seal-vectors.ts` writes the file. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { base64url, type Bytes, fromBase64url, hex, utf8 } from '../../src/seal/bytes.ts';
import { approve, bind, bindingMessage, encodeBundle, fingerprint, importBundle, sealBackup } from '../../src/seal/identity.ts';
import { makeBlob, nonceCommitment, type SeatRole } from '../../src/seal/member.ts';
import { encodePass, pairKey, pairSeal, type PairKind, wrapSecret } from '../../src/seal/pass.ts';
import { ENGLISH, inWords, phraseOf } from '../../src/seal/phrase.ts';
import { encodeRoster, nextEpoch, rosterHash, signRoster } from '../../src/seal/roster.ts';
import { baseKey, FrameSealer, kidOf, schedule } from '../../src/seal/sframe.ts';
import { CHUNK, Chunks, layout, MAX_FILE } from '../../src/seal/chunks.ts';
import { cidOf, commitmentOf, keyCommitment, sealRecord, toGeneral, type Wrap } from '../../src/seal/jwe.ts';
import { padme } from '../../src/seal/padme.ts';
import { stretch } from '../../src/seal/password.ts';
import { formatCode, makeCode, recoveryKey } from '../../src/seal/recovery.ts';
import { Chain, sealBody, unwrapKey, wrapKey } from '../../src/seal/transcript.ts';
import { edPair, edPkcs8, id, type Pair, rsaPkcs8, seeded, xPair } from './seal-keys.ts';

export const FILE = join(import.meta.dirname, '..', '..', '..', 'clinic', 'tests', 'seal_vectors.json');

type Vectors = Record<string, unknown>;

/** RSA-OAEP is random: a wrap that is in the file and still opens stays as it is. */
async function steadyWrap(old: unknown, mine: CryptoKey, spki: Bytes, key: Bytes): Promise<string> {
  if (typeof old === 'string') {
    const opened = await unwrapKey(mine, fromBase64url(old)).catch(() => null);
    if (opened !== null && hex(opened) === hex(key)) return old;
  }
  return base64url(await wrapKey(spki, key));
}

function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>((one, key) => (typeof one === 'object' && one !== null ? (one as Record<string | number, unknown>)[key] : undefined), value);
}

async function password(): Promise<Vectors> {
  const params = { v: 1, salt: base64url(seeded('salt', 16)), iterations: 600_000 };
  // The ligature and the full-width letter change under NFKC.
  const typed = 'ﬁve Ａpples é नमस्ते';
  const { login, wrap } = await stretch(typed, params);
  return { password: typed, ...params, login: hex(login), wrap: hex(wrap) };
}

async function keys(): Promise<Vectors> {
  const person = id('person');
  const [rsa, edSeed] = [await rsaPkcs8(1), seeded('ed doctor')];
  const bundle = encodeBundle(rsa, edPkcs8(edSeed));
  const identity = await importBundle(bundle);
  const wrap = seeded('wrap key');
  const code = makeCode(seeded('code', 17));
  const recovery = await recoveryKey(code, person);
  const key = await bind(identity, person, id('key'));
  const [other] = await Promise.all([importBundle(encodeBundle(await rsaPkcs8(2), edPkcs8(seeded('ed second'))))]);
  const second = await bind(other, person, id('second key'));
  return {
    person,
    bundle: { rsa_pkcs8: hex(rsa), ed_pkcs8: hex(edPkcs8(edSeed)), ed_seed: hex(edSeed), bundle: hex(bundle) },
    backups: {
      password: { key: hex(wrap), backup: await sealBackup('password', wrap, person, bundle, seeded('iv 1', 12)) },
      recovery: { key: hex(recovery), backup: await sealBackup('recovery', recovery, person, bundle, seeded('iv 2', 12)) },
    },
    recovery: { luck: hex(seeded('code', 17)), code, printed: formatCode(code), key: hex(recovery) },
    binding: {
      key,
      message: hex(await bindingMessage(person, key.id, identity.rsaPublic, identity.edPublic)),
      fingerprint: await fingerprint(key),
    },
    approval: { key: second, by: key.ed, signature: hex(await approve(identity, second)), second_ed_seed: hex(seeded('ed second')), second_rsa_pkcs8: hex(await rsaPkcs8(2)) },
  };
}

async function chat(old: unknown): Promise<Vectors> {
  const visit = id('visit');
  const key = seeded('transcript key');
  const author = await edPair('doctor');
  const chain = await Chain.of(visit);
  const start = chain.head;
  const messages: Vectors[] = [];
  for (const [i, text] of ['Good morning', 'नमस्ते, ज़रा सुनिए', ''].entries()) {
    const [message, seat, iv, seen] = [id(`message ${i}`), id(`seat ${i % 2}`), seeded(`chat iv ${i}`, 12), chain.head];
    const body = await sealBody(key, { visit, message, author: { key: author.key, ed: author.pub }, seen, text }, iv);
    await chain.push({ seq: i + 1, id: message, seat, body });
    messages.push({ seq: i + 1, id: message, seat, text, iv: hex(iv), seen: seen.seq, seen_hash: hex(seen.hash), body: base64url(body), chain: hex(chain.head.hash) });
  }
  const identity = await importBundle(encodeBundle(await rsaPkcs8(1), edPkcs8(seeded('ed doctor'))));
  const wrapped = await steadyWrap(at(old, 'wrapped'), identity.rsa, identity.rsaPublic, key);
  return { visit, key: hex(key), author_seed: hex(author.seed), author: hex(author.pub), chain0: hex(start.hash), messages, wrapped };
}

async function record(old: unknown): Promise<Vectors> {
  const people = await Promise.all(([1, 2] as const).map(async (one) => importBundle(encodeBundle(await rsaPkcs8(one), edPkcs8(seeded(`ed ${one}`))))));
  const luck = { key: seeded('content key'), iv: seeded('content iv', 12) };
  const head = { rec: id('record'), ver: 1, kind: 'transcript', visit: id('visit'), key: id('key'), at: 1_790_000_000_123 } as const;
  const json = JSON.stringify({ v: 1, visit: head.visit, doctor: id('doctor'), patient: id('patient'), started: 1, ended: 2, messages: [], chain: 'AA' });
  const { object, cid } = await sealRecord(head, json, [], luck);
  const wraps: Wrap[] = [];
  for (const [i, person] of people.entries()) {
    wraps.push({ kid: id(`kid ${i}`), encrypted_key: await steadyWrap(at(old, 'wraps', i, 'encrypted_key'), person.rsa, person.rsaPublic, luck.key) });
  }
  const salt = seeded('commit salt');
  return {
    head, json, content_key: hex(luck.key), iv: hex(luck.iv), kc: await keyCommitment(luck.key), rsa_pkcs8: await Promise.all(([1, 2] as const).map(async (one) => hex(await rsaPkcs8(one)))),
    wraps, general: toGeneral(object, wraps), object: hex(object), cid, salt: hex(salt), commitment: hex(await commitmentOf(head.kind, salt, object)),
  };
}

/** A record that says whose it is, with the chunks of its file. Large ones are told by their CID. */
async function file(): Promise<Vectors> {
  const [key, iv] = [seeded('file key'), seeded('file iv', 12)];
  const head = { rec: id('file record'), ver: 3, kind: 'document', patient: id('patient'), visit: id('visit'), key: id('key'), at: 1_790_000_000_124 } as const;
  const json = JSON.stringify({ v: 1, title: 'X-ray', name: 'x.pdf', type: 'application/pdf', size: 5, sha256: 'AA', data: 'JVBERi0' });
  const { object, cid } = await sealRecord(head, json, [], { key, iv });
  const chunks = await Chunks.of(key, head.rec, head.ver);
  const small = seeded('chunk', 100);
  const blocks: Vectors[] = [];
  for (const [index, last] of [[0, true], [0, false], [1, true], [48, true]] as const) blocks.push({ index, last, block: hex(await chunks.seal(index, last, small)) });
  const full = new Uint8Array(CHUNK).fill(7);
  return {
    head, json, content_key: hex(key), iv: hex(iv), object: hex(object), cid, plain: hex(small), blocks,
    full: { byte: 7, index: 2, last: false, cid: await cidOf(await chunks.seal(2, false, full)) },
    layouts: [0, 1, CHUNK, CHUNK + 1, 1_048_576, 5_000_000, MAX_FILE].map((length) => ({ length, ...layout(length) })),
  };
}

interface Person {
  name: string;
  role: SeatRole;
  seat: string;
  x: Pair;
  ed: Pair;
  nonce: Bytes;
}

async function people(): Promise<Person[]> {
  const roles: [string, SeatRole][] = [['doctor', 'doctor'], ['patient', 'patient'], ['guest', 'guest']];
  return Promise.all(roles.map(async ([name, role]) => ({ name, role, seat: id(`seat ${name}`), x: await xPair(name), ed: await edPair(name), nonce: seeded(`nonce ${name}`, 16) })));
}

async function members(visit: string, all: readonly Person[]): Promise<Vectors[]> {
  return Promise.all(all.map(async ({ role, seat, x, ed, nonce }) => ({
    visit, role, seat, x_private: hex(x.seed), x: hex(x.pub), ed_seed: hex(ed.seed), ed: hex(ed.pub), nonce: hex(nonce),
    commitment: hex(await nonceCommitment(nonce)), blob: hex(await makeBlob(visit, role, { key: ed.key, ed: ed.pub }, x.pub, nonce)),
  })));
}

async function call(): Promise<Vectors> {
  const visit = id('visit');
  const all = await people();
  const [doctor, patient] = all;
  if (doctor === undefined || patient === undefined) throw new Error('nobody there');
  const roster = { visit, epoch: 1_790_000_000_123, members: all.map(({ seat, x, ed }) => ({ seat, x: x.pub, ed: ed.pub })) };
  const signed = await signRoster(doctor.ed.key, roster);
  const hash = await rosterHash(signed);
  const secret = seeded('epoch secret');
  const way = { visit, from: doctor.seat, to: patient.seat };
  const wrap = await wrapSecret(doctor.x.key, patient.x.pub, { ...way, epoch: roster.epoch, roster: hash }, secret);
  const places = await phraseOf(visit, { seat: doctor.seat, ed: doctor.ed.pub, nonce: doctor.nonce }, { seat: patient.seat, ed: patient.ed.pub, nonce: patient.nonce });
  return {
    members: await members(visit, all),
    roster: { visit, epoch: roster.epoch, body: hex(encodeRoster(roster)), signed: hex(signed), hash: hex(hash) },
    next_epoch: [[0, 1000], [7, 3], [15, 1_790_000_000_000], [1_790_000_000_003, 1_790_000_000_000]].map(([highest = 0, now = 0]) => ({ highest, now, next: nextEpoch(highest, now) })),
    epoch: { from: doctor.seat, to: patient.seat, secret: hex(secret), wrap: hex(wrap), audio: hex(await baseKey(secret, 'audio')), video: hex(await baseKey(secret, 'video')) },
    pair: { from: doctor.seat, to: patient.seat, key: hex(await pairKey(doctor.x.key, patient.x.pub, way)), sealed: await pairPasses(doctor, patient, visit) },
    passes: {
      roster: hex(encodePass({ kind: 'roster', signed })),
      secret: hex(encodePass({ kind: 'secret', epoch: roster.epoch, wrap })),
      ready: hex(encodePass({ kind: 'ready', epoch: roster.epoch })),
      want: hex(encodePass({ kind: 'want', epoch: roster.epoch })),
      hello: hex(encodePass({ kind: 'hello', epoch: 0 })),
    },
    phrase: { one: doctor.seat, other: patient.seat, places, words: inWords(places), list: ENGLISH },
  };
}

async function pairPasses(from: Person, to: Person, visit: string): Promise<Vectors[]> {
  const way = { visit, from: from.seat, to: to.seat };
  const key = await pairKey(from.x.key, to.x.pub, way);
  const plains: [PairKind, Bytes][] = [['reveal', from.nonce], ['checked', Uint8Array.of(1)], ['key', seeded('transcript key')]];
  return Promise.all(plains.map(async ([kind, plain]) => {
    const iv = seeded(`pair iv ${kind}`, 12);
    return { kind, plain: hex(plain), iv: hex(iv), pass: hex(encodePass({ kind, sealed: await pairSeal(key, kind, way, plain, iv) })) };
  }));
}

/** Frames in the order in which they were sealed: the counters are 0, 1, 2, … */
async function frames(): Promise<Vectors> {
  const epoch = 1_790_000_000_123;
  const kid = kidOf(epoch);
  const entries = await Promise.all((['audio', 'video'] as const).map(async (kind) => {
    const base = await baseKey(seeded('epoch secret'), kind);
    const { key, salt } = await schedule(kind, base, kid);
    const sealer = await FrameSealer.of(kind, base, kid);
    const sealed: Vectors[] = [];
    for (let ctr = 0; ctr < 300; ctr += 1) {
      const frame = seeded(`frame ${ctr}`, ctr === 3 ? 1 : 30);
      if (kind === 'video') frame[0] = ((frame[0] ?? 0) & 0xfe) | (ctr % 9 === 0 ? 0 : 1);
      const bytes = await sealer.seal(frame);
      if ([0, 1, 3, 7, 8, 9, 254, 255, 256, 261, 299].includes(ctr)) sealed.push({ ctr, frame: hex(frame), sealed: hex(bytes) });
    }
    return [kind, { kid, base: hex(base), key: hex(key), salt: hex(salt), frames: sealed }];
  }));
  return { epoch, ...Object.fromEntries(entries) };
}

async function cids(): Promise<Vectors[]> {
  const contents = [new Uint8Array(), utf8('hello world'), seeded('block', 1000)];
  return Promise.all(contents.map(async (one) => ({ object: hex(one), cid: await cidOf(one) })));
}

/** All of them. `old` is what the file holds now, for what is random. */
export async function build(old: unknown): Promise<Vectors> {
  return {
    about: 'Made by static/tests/unit/seal-vectors.ts; docs/sealing.md says what each is. Bytes are hex, except where the wire has base64url.',
    password: await password(),
    ...(await keys()),
    chat: await chat(at(old, 'chat')),
    record: await record(at(old, 'record')),
    file: await file(),
    call: await call(),
    frames: await frames(),
    cids: await cids(),
    padme: [0, 1, 2, 3, 8, 9, 10, 15, 17, 33, 100, 127, 129, 255, 257, 1000, 1025, 4097, 65_537, 1_000_000, 1_048_577].map((length) => ({ length, padded: padme(length) })),
  };
}

export function current(): unknown {
  return existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : {};
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  writeFileSync(FILE, `${JSON.stringify(await build(current()), null, 1)}\n`);
  console.log(`wrote ${FILE}`);
}
