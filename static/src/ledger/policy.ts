/** Whose signatures a head of the log must have: the log's and those of enough validators. Also as C2SP's tlog-policy writes it. */
import { same } from '../seal/bytes.ts';
import { type Checkpoint, keyText, type NoteKey, readCheckpoint, readKey, readNote, signedBy } from './note.ts';
import { Unproven } from './unproven.ts';

/** Most validators. */
const MAX_VALIDATORS = 64;

export interface Policy {
  log: NoteKey;
  validators: NoteKey[];
  /** How many of them must have signed. */
  threshold: number;
}

/** A head that enough have signed. */
export interface SignedHead extends Checkpoint {
  /** Names of the validators that signed it. */
  signers: string[];
  /** How many there are, and how many had to. */
  of: number;
  threshold: number;
  /** The note itself. */
  note: string;
}

/** Reads the keys to check with. Throws {@link Unproven}. */
export async function readPolicy(fields: { log: string; validators: readonly string[]; threshold: number }): Promise<Policy> {
  if (fields.validators.length > MAX_VALIDATORS) throw new Unproven('bad_policy');
  const [log, validators] = await Promise.all([readKey(fields.log), Promise.all(fields.validators.map(readKey))]);
  const { threshold } = fields;
  const twice = validators.some((one, i) => validators.slice(i + 1).some((other) => same(one.ed, other.ed)));
  const enough = Number.isSafeInteger(threshold) && threshold >= 1 && threshold <= validators.length;
  if (twice || !enough || log.use !== 'log' || validators.some((one) => one.use !== 'cosigner')) throw new Unproven('bad_policy');
  return { log, validators, threshold };
}

/** The policy as a file for any tool that reads tlog-policy. */
export function policyText({ log, validators, threshold }: Policy): string {
  const names = validators.map((_, i) => `validator${i + 1}`);
  const lines = validators.map((one, i) => `witness ${names[i]} ${keyText(one)}`);
  return [`log ${keyText(log)}`, ...lines, `group validators ${threshold} ${names.join(' ')}`, 'quorum validators', ''].join('\n');
}

/** Reads a policy file of one log and one group of validators, which is what {@link policyText} writes. Throws {@link Unproven}. */
export async function parsePolicy(text: string): Promise<Policy> {
  const lines = text.split('\n').map((line) => line.trim().split(/[ \t]+/)).filter(([word]) => word !== '' && word?.startsWith('#') !== true);
  const of = (word: string): string[][] => lines.filter((line) => line[0] === word).map((line) => line.slice(1));
  const [[logs, witnesses], [groups, quorums]] = [[of('log'), of('witness')], [of('group'), of('quorum')]];
  const [group, most = '', ...members] = groups[0] ?? [];
  const plain = logs.length === 1 && groups.length === 1 && quorums.length === 1 && quorums[0]?.[0] === group;
  const known = lines.length === logs.length + witnesses.length + 2;
  const names = witnesses.map(([name]) => name ?? '');
  const all = members.length === names.length && new Set(members).size === names.length && members.every((one) => names.includes(one));
  if (!plain || !known || !all) throw new Unproven('bad_policy');
  const threshold = most === 'all' ? members.length : most === 'any' ? 1 : /^[1-9]\d*$/.test(most) ? Number(most) : 0;
  return readPolicy({ log: logs[0]?.[0] ?? '', validators: witnesses.map((line) => line[1] ?? ''), threshold });
}

/** The head in a signed note, when the log and enough validators signed it. Throws {@link Unproven}. */
export async function verifyHead(note: string, policy: Policy): Promise<SignedHead> {
  const read = readNote(note);
  const head = readCheckpoint(read.text);
  if (head.origin !== policy.log.name) throw new Unproven('other_log');
  if ((await signedBy(read, policy.log)) !== 'yes') throw new Unproven('log_signature');
  const said = await Promise.all(policy.validators.map((one) => signedBy(read, one)));
  if (said.includes('wrong')) throw new Unproven('validator_signature');
  const signers = policy.validators.filter((_, i) => said[i] === 'yes').map((one) => one.name);
  if (signers.length < policy.threshold) throw new Unproven('too_few', { have: signers.length, need: policy.threshold });
  return { ...head, signers, of: policy.validators.length, threshold: policy.threshold, note };
}
