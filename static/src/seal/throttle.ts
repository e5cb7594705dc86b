/** Things that may be done only so often. */
export class Throttle {
  private readonly last = new Map<string, number>();

  constructor(private readonly now: () => number) {}

  /** Whether this may be done now; at most once per `ms`. */
  may(what: string, ms: number): boolean {
    const now = this.now();
    if (now - (this.last.get(what) ?? Number.NEGATIVE_INFINITY) < ms) return false;
    this.last.set(what, now);
    return true;
  }
}
