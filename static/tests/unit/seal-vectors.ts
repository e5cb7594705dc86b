/** Builds the vectors that both languages check themselves against. `npx tsx tests/unit/seal-vectors.ts` writes the file. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { base64url, type Bytes, fromBase64url, hex, utf8 } from '../../src/seal/bytes.ts';
import { approve, bind, bindingMessage, encodeBundle, fingerprint, importBundle, sealBackup } from '../../src/seal/identity.ts';
import { cidOf, commitmentOf, keyCommitment, sealRecord, toGeneral, type Wrap } from '../../src/seal/jwe.ts';
import { padme } from '../../src/seal/padme.ts';
import { stretch } from '../../src/seal/password.ts';
import { formatCode, makeCode, recoveryKey } from '../../src/seal/recovery.ts';
import { Chain, sealBody, unwrapKey, wrapKey } from '../../src/seal/transcript.ts';
import { edPair, edPkcs8, id, rsaPkcs8, seeded } from './seal-keys.ts';

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
  const head = { rec: id('record'), ver: 1, kind: 'transcript', visit: id('visit'), key: id('key'), at: 1_790_000_000_123 };
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
