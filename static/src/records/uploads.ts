/** Files on their way: read, bared, sealed and sent here, whatever page is shown; a lost line pauses them, a lock holds them up, a reload lets them go on. */
import { type ReadonlySignal, signal } from '@preact/signals';

import { Problem } from '../api.ts';
import { base64url, type Bytes } from '../seal/bytes.ts';
import { MAX_FILE } from '../seal/chunks.ts';
import type { RecordKind } from '../seal/kinds.ts';
import { sha256 } from '../seal/primitives.ts';
import { type FileType, sniff, SNIFFED } from './content.ts';
import { type Begun, Sending, type SendPorts, type Sent } from './send.ts';
import type { RecordServer, RecordView } from './server.ts';

/** Waits before the next try on a line that is lost, in ms; the last repeats. */
export const AGAIN_MS = [1_000, 2_000, 5_000, 15_000] as const;

/** What is to be sent, as it was asked for. */
export interface Wish {
  patient: string;
  kind: Extract<RecordKind, 'document' | 'image'>;
  title: string;
  department: string | null;
  visit: string | null;
  /** Pictures: drawn smaller before they are sent. */
  smaller: boolean;
  /** The record of which it becomes a newer version, and the version there is. */
  amends: { record: string; ver: number } | null;
}

/** An upload as it lies on the desk, so that it can go on after a reload. */
export interface Unfinished {
  wish: Wish;
  name: string;
  /** Of the file as it was chosen: its size, and its hash, by which it is known again. */
  size: number;
  original: string;
  /** Of the file as it is sent. */
  sha256: string;
  begun: Begun;
}

/** Why sealing stopped, when the line and the server are not to blame. */
export type Refused = Exclude<Sent['kind'], 'sealed'>;

export type UploadState =
  | { kind: 'preparing' }
  /** Bytes that are there, of all. */
  | { kind: 'sending'; sent: number; all: number }
  /** The line is lost: it goes on by itself. */
  | { kind: 'waiting'; sent: number; all: number }
  /** It goes on when what stopped it is settled. */
  | { kind: 'refused'; why: Refused }
  /** It goes on when the patient lets the clinic keep what they add. */
  | { kind: 'consent' }
  | { kind: 'failed'; error: unknown }
  | { kind: 'done'; record: RecordView };

/** Why a file is not taken. */
export type Unfit = 'type' | 'empty' | 'large' | 'broken' | 'other';

export class NotTaken extends Error {
  constructor(readonly why: Unfit) {
    super(why);
  }
}

export interface UploadPorts extends SendPorts {
  server: SendPorts['server'] & Pick<RecordServer, 'endUpload'>;
  /** The picture as it is sent. */
  prepare(type: FileType, bytes: Bytes, smaller: boolean): Promise<Bytes>;
  /** Keeps it on the desk; may do nothing. */
  keep(unfinished: Unfinished): Promise<unknown>;
  drop(record: string): Promise<unknown>;
  /** Resolves after that long, or when the line may be back. */
  wait(ms: number): Promise<void>;
}

/** The type of a file by its content; throws {@link NotTaken} when it can't be sent. */
export async function typeOf(file: File): Promise<FileType> {
  if (file.size === 0) throw new NotTaken('empty');
  if (file.size > MAX_FILE) throw new NotTaken('large');
  const type = sniff(new Uint8Array(await file.slice(0, SNIFFED).arrayBuffer()));
  if (type === null) throw new NotTaken('type');
  return type;
}

/** Answers of a server that is busy or away, and of what stands before it. */
const PASSING = [0, 429, 502, 503, 504];

/** A line that is lost, or a server that is away or busy: it may come back. */
function passing(error: unknown): error is Problem {
  return error instanceof Problem && PASSING.includes(error.status) && error.code !== 'too_many_uploads';
}

/** One file on its way. */
export class Upload {
  /** Tells uploads of one page apart. */
  readonly id = crypto.randomUUID();
  private readonly current = signal<UploadState>({ kind: 'preparing' });
  private readonly stopping = new AbortController();
  private sending: Sending | null = null;
  private running = false;

  constructor(
    readonly file: File,
    readonly wish: Wish,
    private readonly ports: UploadPorts,
    private readonly before: Unfinished | null = null,
  ) {}

  get state(): ReadonlySignal<UploadState> {
    return this.current;
  }

  /** The record it becomes, once that is known. */
  get record(): string | null {
    return this.sending?.begun.record ?? this.before?.begun.record ?? null;
  }

  /** Its record is not made yet. */
  get open(): boolean {
    return this.current.value.kind !== 'done' && !this.refused && !this.stopping.signal.aborted;
  }

  /** Goes on until there is an outcome. Never throws. */
  async run(): Promise<void> {
    if (this.running || !this.open) return;
    this.running = true;
    try {
      await this.untilDone();
    } catch (error) {
      const asks = error instanceof Problem && error.code === 'consent_needed';
      this.current.value = asks ? { kind: 'consent' } : { kind: 'failed', error };
    } finally {
      this.running = false;
    }
  }

  /** The file can't be sent: nothing of it is on its way. */
  get refused(): boolean {
    const state = this.current.value;
    return state.kind === 'failed' && state.error instanceof NotTaken;
  }

  /** It is not wanted any more. What the server has of it goes in a day by itself, if it does not hear of it now. */
  async stop(): Promise<void> {
    this.stopping.abort();
    const begun = this.sending?.begun ?? (this.refused ? undefined : this.before?.begun);
    this.sending = null;
    if (begun === undefined) return;
    await this.ports.drop(begun.record).catch(() => undefined);
    if (begun.upload !== null) await this.ports.server.endUpload(begun.upload).catch(() => undefined);
  }

  private async untilDone(): Promise<void> {
    for (let tries = 0; !this.stopping.signal.aborted; tries += 1) {
      const before = this.progress();
      try {
        return await this.once();
      } catch (error) {
        if (!passing(error) || this.stopping.signal.aborted) throw error;
        const now = this.progress();
        if (now.sent > before.sent) tries = 0;
        this.current.value = { kind: 'waiting', ...now };
        await this.ports.wait(error.retryAfter === null ? (AGAIN_MS[tries] ?? AGAIN_MS[AGAIN_MS.length - 1] ?? 0) : error.retryAfter * 1_000);
      }
    }
  }

  private progress(): { sent: number; all: number } {
    const state = this.current.value;
    return state.kind === 'sending' || state.kind === 'waiting' ? { sent: state.sent, all: state.all } : { sent: 0, all: this.file.size };
  }

  private async once(): Promise<void> {
    this.sending ??= await this.prepared();
    const sent = await this.sending.run();
    if (sent.kind !== 'sealed') {
      this.current.value = { kind: 'refused', why: sent.kind };
      return;
    }
    await this.ports.drop(sent.record.id).catch(() => undefined);
    this.current.value = { kind: 'done', record: sent.record };
    this.sending = null;
  }

  /** Reads the file and bares it; goes on with what was begun when it is the same file. */
  private async prepared(): Promise<Sending> {
    const { wish, before, ports } = this;
    const type = await typeOf(this.file);
    this.current.value = { kind: 'preparing' };
    const read = new Uint8Array(await this.file.arrayBuffer());
    const original = base64url(await sha256(read));
    if (before !== null && before.original !== original) throw new NotTaken('other');
    const bytes = await ports.prepare(type, read, wish.smaller);
    const hash = base64url(await sha256(bytes));
    // A picture that this browser draws differently today is another file: nothing that was sealed before is used for it.
    const same = before?.sha256 === hash;
    if (before !== null && !same) await ports.drop(before.begun.record).catch(() => undefined);
    const { patient, visit, department, kind, title, amends } = wish;
    const draft = { patient, visit, department, amends, content: { kind, title, name: this.file.name, type, bytes } };
    return new Sending(draft, ports, {
      stop: this.stopping.signal,
      progress: (sent, all) => {
        this.current.value = { kind: 'sending', sent, all };
      },
      keep: (begun) => ports.keep({ wish, name: this.file.name, size: this.file.size, original, sha256: hash, begun }).catch(() => undefined),
      ...(before !== null && same && { begun: before.begun }),
    });
  }
}
