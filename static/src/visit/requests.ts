/** Requests over the socket that are answered by `done` or `refused`. */
import type { ClientMessage, RefusalCode } from '../wire.ts';

/** The server said no, or the line was lost before it said anything (`code` null). */
export class Refused extends Error {
  constructor(readonly code: RefusalCode | null, detail: string) {
    super(detail);
  }
}

type Numbered = Extract<ClientMessage, { re: number }>;

export class Requests {
  private readonly open = new Map<number, { done(): void; refused(error: Refused): void }>();

  constructor(private readonly send: (message: ClientMessage) => boolean) {}

  ask(message: Numbered): Promise<void> {
    return new Promise((done, refused) => {
      if (!this.send(message)) refused(new Refused(null, ''));
      else this.open.set(message.re, { done, refused });
    });
  }

  done(re: number): void {
    this.open.get(re)?.done();
    this.open.delete(re);
  }

  /** False when the request wasn't asked here. */
  refused(re: number, code: RefusalCode, detail: string): boolean {
    const request = this.open.get(re);
    request?.refused(new Refused(code, detail));
    return this.open.delete(re);
  }

  /** The line is gone: nobody will answer. */
  lost(): void {
    this.open.forEach((request) => request.refused(new Refused(null, '')));
    this.open.clear();
  }
}
