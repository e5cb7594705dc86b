/** What a browser noticed about its call that should not be. The page says it in words. */
export type AlarmKind =
  /** A pass that can't be read. */
  | 'malformed'
  /** A seat whose key isn't signed by its person: it gets nothing from us. */
  | 'bad_member'
  /** More people than a call can have. */
  | 'too_many'
  /** A roster that the doctor didn't sign. */
  | 'forged_roster'
  /** A roster of another visit. */
  | 'wrong_visit'
  /** An old roster, or two of one age. */
  | 'replayed_roster'
  /** A roster with another key in our place: somebody stands between us and the doctor. */
  | 'not_me'
  /** A roster with somebody we couldn't verify. */
  | 'unknown_member'
  /** A secret that doesn't open: not from this person, or not for us. */
  | 'forged_secret'
  /** A second secret for an epoch. */
  | 'changed_secret'
  /** A secret of an epoch that is long over. */
  | 'replayed_secret'
  /** A member whose secret doesn't come: we can't see or hear this person. */
  | 'missing_secret'
  /** Something sealed for us that doesn't open. */
  | 'bad_seal'
  /** A nonce that isn't the one that was committed to. */
  | 'bad_nonce'
  /** The other person says that the phrases are not the same. */
  | 'phrase_differs'
  /** Somebody wants an epoch far in the future. */
  | 'far_epoch'
  /** Something failed in this browser. */
  | 'failed';

export interface Alarm {
  kind: AlarmKind;
  /** Whose; null when it is nobody's in particular. */
  seat: string | null;
}

/** Tells every alarm once per epoch. */
export class Alarms {
  private readonly told = new Set<string>();

  constructor(private readonly tell: (alarm: Alarm) => void) {}

  raise(kind: AlarmKind, seat: string | null = null): void {
    const name = `${kind} ${seat ?? ''}`;
    if (this.told.has(name)) return;
    this.told.add(name);
    this.tell({ kind, seat });
  }

  reset(): void {
    this.told.clear();
  }
}
