/** What the clinic's log says of keys that the server shows. */
import type { Logged, Shown } from '../ledger/peers.ts';

/** How each of these keys of a person stands on the log; null where there is no log. Never fails: what can't be looked up is `late`. */
export type KeyLog = (person: string, keys: readonly Shown[]) => Promise<Logged[] | null>;

/** Where no log is kept. */
export const noLog: KeyLog = () => Promise.resolve(null);
