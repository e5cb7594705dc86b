/** One's own keys on the log, looked up at sign-in: none is missing, and none is there that is nobody's of ours. */
import { same } from '../seal/bytes.ts';
import { sha256 } from '../seal/primitives.ts';
import { bindingOf } from './keymap.ts';
import { type KeyProof, keysOnLog, standing, type Shown } from './peers.ts';
import type { Said } from './says.ts';
import type { Own } from './server.ts';
import { Unproven } from './unproven.ts';
import type { Witness } from './witness.ts';

/** How they stand. */
export type OwnStanding =
  | { kind: 'no_log' }
  | { kind: 'fine' }
  /** On their way, or the log is away. */
  | { kind: 'waiting' }
  /** The log does not have this device's key, and nobody says that it is on its way. */
  | { kind: 'missing' }
  /** The log has a key for us that is none of ours. */
  | { kind: 'stranger' }
  /** The log contradicts itself, or what this browser knows of it. */
  | { kind: 'broken'; why: Unproven };

export interface OwnPorts {
  /** How long a batch may take, in ms; null when there is no log. */
  window(): Promise<number | null>;
  own(): Promise<Own>;
  /** What this device's key says to the log of itself. */
  say(): Promise<Said>;
  hand(key: string, said: string): Promise<unknown>;
  proof(person: string): Promise<KeyProof>;
  /** Our live keys, as the server lists them. */
  keys(): Promise<Shown[]>;
  witness: Pick<Witness, 'see' | 'policy'>;
  /** ms since 1970, by the server's clock. */
  now(): number;
}

export interface Device {
  person: string;
  /** The key's id. */
  key: string;
  shown: Shown;
}

/** Says what this device's key has not said yet, and looks how the keys stand. Throws what the line throws. */
export async function ownStanding(device: Device, ports: OwnPorts): Promise<OwnStanding> {
  try {
    const window = await ports.window();
    if ((await ports.witness.policy()) === null || window === null) return { kind: 'no_log' };
    if (await handed(device, ports)) return { kind: 'waiting' };
    const [proof, listed] = await Promise.all([ports.proof(device.person), ports.keys()]);
    const held = await keysOnLog(proof, device.person, ports.witness);
    const ours = await Promise.all(listed.map(async ({ rsa, ed }) => bindingOf({ rsaHash: await sha256(rsa), ed })));
    const theirs = await Promise.all(held.map(bindingOf));
    if (theirs.some((one) => !ours.some((mine) => same(mine, one)))) return { kind: 'stranger' };
    const [mine] = await standing([device.shown], proof, device.person, ports.witness, window, ports.now());
    return { kind: mine === 'logged' ? 'fine' : mine === 'other' ? 'missing' : 'waiting' };
  } catch (error) {
    if (error instanceof Unproven) return { kind: 'broken', why: error };
    throw error;
  }
}

/** Hands in what the key says, when it never did. */
async function handed({ key }: Device, ports: OwnPorts): Promise<boolean> {
  if ((await ports.own()).said.includes(key)) return false;
  const { said } = await ports.say();
  if (said === undefined) return false;
  await ports.hand(key, said);
  return true;
}
