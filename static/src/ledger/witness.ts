/** What this browser knows of the log: whose signatures it trusts, and the head it saw last. Whatever the server shows later must fit both. */
import { extended } from './merkle.ts';
import type { Bytes } from '../seal/bytes.ts';
import { type Policy, type SignedHead, verifyHead } from './policy.ts';
import { Unproven } from './unproven.ts';

/** What is remembered, as it can be stored. */
export interface Memory {
  policy(): Promise<Policy | null>;
  keepPolicy(policy: Policy): Promise<void>;
  /** The newest head, as a note. */
  head(): Promise<{ size: number; root: Bytes } | null>;
  keepHead(head: { size: number; root: Bytes }): Promise<void>;
}

export interface WitnessPorts {
  memory: Memory;
  /** Whose signatures the server says its log has; null when it says that it has no log. */
  policy(): Promise<Policy | null>;
  /** The server's proof that the log of the one size begins the log of the other. */
  consistency(from: number, to: number): Promise<Bytes[]>;
}

/** Storage that is refused means that this browser remembers nothing, which is no reason to show nothing. */
function orNull<T>(work: Promise<T | null>): Promise<T | null> {
  return work.catch(() => null);
}

export class Witness {
  private asked: Promise<Policy | null> | null = null;
  /** Heads are compared one after another. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly ports: WitnessPorts) {}

  /** Whose signatures count; null when there is no log, and there never was one here. Throws {@link Unproven} and what the line throws. */
  policy(): Promise<Policy | null> {
    this.asked ??= this.settle().catch((error: unknown) => {
      this.asked = null;
      throw error;
    });
    return this.asked;
  }

  /** A head that enough signed and that goes on from what was seen before. `newest`: one that was overtaken will not do. Throws {@link Unproven}. */
  async see(note: string, newest = false): Promise<SignedHead> {
    const policy = await this.policy();
    if (policy === null) throw new Unproven('other_log');
    const head = await verifyHead(note, policy);
    const seen = this.last.then(() => this.compare(head, newest));
    this.last = seen.catch(() => undefined);
    await seen;
    return head;
  }

  private async settle(): Promise<Policy | null> {
    const { memory, policy } = this.ports;
    const [known, said] = [await orNull(memory.policy()), await policy()];
    if (said === null) {
      if (known !== null) throw new Unproven('gone');
      return null;
    }
    if (known !== null && !follows(known, said)) throw new Unproven('other_log');
    await memory.keepPolicy(said).catch(() => undefined);
    return said;
  }

  private async compare(head: SignedHead, newest: boolean): Promise<void> {
    const { memory, consistency } = this.ports;
    const known = await orNull(memory.head());
    if (known !== null) {
      const [before, after] = known.size <= head.size ? [known, head] : [head, known];
      const path = before.size === after.size || before.size === 0 ? [] : await consistency(before.size, after.size);
      if (!(await extended(before, after, path))) throw new Unproven('forked');
      if (newest && head.size < known.size) throw new Unproven('not_newest');
      if (head.size <= known.size) return;
    }
    await memory.keepHead({ size: head.size, root: head.root }).catch(() => undefined);
  }
}

/** Whether a policy is the one that is known, or grew out of it: the same log, and so many of its validators still there that one of them is honest. */
export function follows(known: Policy, said: Policy): boolean {
  const stayed = known.validators.filter((one) => said.validators.some((other) => base(one.ed) === base(other.ed)));
  const faulty = known.validators.length - known.threshold;
  return known.log.name === said.log.name && base(known.log.ed) === base(said.log.ed) && stayed.length > faulty;
}

const base = (bytes: Uint8Array): string => bytes.join();
