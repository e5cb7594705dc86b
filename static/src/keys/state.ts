/** How this browser stands with the keys of the person who is signed in. */

/** Why keys that exist can't be used here. */
export type LockedWhy =
  /** There is a backup under the password; the password is not at hand (storage was cleared). */
  | 'password'
  /** The password is right and opens no backup: it was set anew by the clinic. */
  | 'reset'
  /** The account has no keys yet and the password is not at hand. */
  | 'unmade';

export type KeyState =
  /** Nobody is signed in who has keys (guests, desk and administrator have none). */
  | { kind: 'none' }
  /** Being made or restored: a moment. */
  | { kind: 'making' }
  | {
      kind: 'ready';
      person: string;
      /** Key id. */
      key: string;
      /** There is a recovery code on paper. */
      recovery: boolean;
      /** They are in this browser's storage; if not, the next load asks for the password. */
      stored: boolean;
    }
  | { kind: 'locked'; person: string; why: LockedWhy; /** A recovery code can open them. */ recovery: boolean }
  /** This device waits for another one's yes. */
  | { kind: 'pending'; person: string; key: string; fingerprint: string }
  /** The server could not be asked, or this browser can't. `error` is for {@link sentence}. */
  | { kind: 'failed'; error: unknown };
