/** What is asked of the server about its log. */
import { ask, askText, nothing, Problem } from '../api.ts';
import { fromBase64url } from '../seal/bytes.ts';
import { flag, list, maybe, number, type Of, record, text, word } from '../shape.ts';
import { type About, aboutShape } from './about.ts';
import { fromBase64 } from './base64.ts';
import type { KeyProof } from './peers.ts';

const consistency = record({ hashes: list(text) });
const keyProof = record({
  person: text, salt: text, keys: list(record({ rsa_hash: text, ed: text })), pending: list(record({ ed: text, since: number })),
  checkpoint: text, map: record({ index: number, hashes: list(text), leaf: text }), path: text,
});

const times = record({ p50: maybe(number), p99: maybe(number) });
const health = record({
  running: flag,
  stable: maybe(record({ seq: number, size: number, at: number })),
  view: number, primary: number,
  queue: record({ waiting: number, outbox: number, oldest: maybe(number) }),
  tps: record({ second: number, minute: number }),
  latency: record({ consensus: times, total: times }),
  committed: number,
  refused: list(record({ cause: text, count: number })),
  view_changes: number, equivocations: number,
  energy: record({ joules: maybe(number), per_entry: maybe(number), method: word('rapl', 'cpu', 'none'), watts: maybe(number) }),
  validators: list(record({ index: number, name: text, state: word('voting', 'behind', 'waiting', 'silent'), seq: number, seen_at: maybe(number) })),
});
/** How the log does. */
export type Health = Of<typeof health>;

const series = record({
  step_ms: number, at: list(number), tps: list(maybe(number)), consensus: list(maybe(number)), total: list(maybe(number)),
  success: list(maybe(number)), view_changes: list(number),
});
/** How it did, step by step. */
export type Series = Of<typeof series>;

const own = record({ salt: text, said: list(text) });
/** What the log has of whoever is signed in: the salt of their label (base64url), and which of their keys (ids) said whose they are. */
export type Own = Of<typeof own>;

const flushed = record({ entries: number });
const id = encodeURIComponent;

/** What can be proven, and where its proof is. */
export type Provable =
  | { kind: 'record'; id: string; ver: number }
  | { kind: 'consent'; id: string }
  | { kind: 'registration'; visit: string }
  | { kind: 'access'; seq: number };

function pathOf(of: Provable): string {
  switch (of.kind) {
    case 'record': return `/records/${id(of.id)}/proof?ver=${of.ver}`;
    case 'consent': return `/consents/${id(of.id)}/proof?step=granted`;
    case 'access': return `/audit/${of.seq}/proof`;
    case 'registration': return `/visits/${id(of.visit)}/credential-proof`;
  }
}

async function keysOf(person: string): Promise<KeyProof> {
  const found = await ask('GET', `/people/${id(person)}/key-proof`, keyProof);
  return {
    person: found.person,
    salt: fromBase64url(found.salt),
    keys: found.keys.map((one) => ({ rsaHash: fromBase64url(one.rsa_hash), ed: fromBase64url(one.ed) })),
    pending: found.pending.map((one) => ({ ed: fromBase64url(one.ed), since: one.since })),
    checkpoint: found.checkpoint,
    map: { index: found.map.index, path: found.map.hashes.map(fromBase64), leaf: fromBase64url(found.map.leaf) },
    way: fromBase64url(found.path),
  };
}

export const ledgerServer = {
  /** Null when the server keeps no log. */
  about: (): Promise<About | null> => ask('GET', '/ledger', aboutShape).catch((error: unknown) => {
    if (error instanceof Problem && error.code === 'no_ledger') return null;
    throw error;
  }),
  consistency: async (from: number, to: number) => (await ask('GET', `/ledger/consistency?from=${from}&to=${to}`, consistency)).hashes.map(fromBase64),
  /** The proof file, as it is. */
  proof: (of: Provable): Promise<string> => askText(pathOf(of)),
  keysOf,
  health: () => ask('GET', '/ledger/health', health),
  series: (minutes: number) => ask('GET', `/ledger/series?minutes=${minutes}`, series),
  flush: () => ask('POST', '/ledger/flush', flushed),
  own: () => ask('GET', '/me/ledger', own),
  /** This key's own statement that it is ours, for the log. */
  say: (key: string, said: string) => ask('POST', `/me/keys/${id(key)}/said`, nothing, { said }),
};
