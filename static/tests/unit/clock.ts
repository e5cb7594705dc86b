/** A clock that tests wind by hand. */
export class Clock {
  now = 0;
  private count = 0;
  private readonly timers = new Map<number, { at: number; run: () => void }>();

  readonly later = (run: () => void, ms: number): number => {
    this.count += 1;
    this.timers.set(this.count, { at: this.now + ms, run });
    return this.count;
  };

  readonly cancel = (timer: number): void => {
    this.timers.delete(timer);
  };

  /** Lets this much time pass, running what is due in its order. */
  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const due = [...this.timers].filter(([, one]) => one.at <= end).sort((a, b) => a[1].at - b[1].at)[0];
      if (due === undefined) break;
      this.timers.delete(due[0]);
      this.now = due[1].at;
      due[1].run();
    }
    this.now = end;
  }
}
