/** A zip made in the browser, file by file: parts that are done are given to the browser, which may put them on its disk. */
import { AsyncZipDeflate, Zip, ZipPassThrough } from 'fflate';

import { type Bytes, utf8 } from '../seal/bytes.ts';

/** Bytes gathered before they become one part. Lower makes many parts, higher takes memory. */
const PART = 8 * 1024 * 1024;

export class Archive {
  private readonly zip: Zip;
  private parts: Blob[] = [];
  private gathered: Bytes[] = [];
  private size = 0;
  private readonly names = new Set<string>();
  private readonly end: Promise<void>;

  constructor(private readonly at: Date) {
    let ended: () => void = () => undefined;
    let failed: (error: unknown) => void = () => undefined;
    this.end = new Promise((resolve, reject) => {
      ended = resolve;
      failed = reject;
    });
    // Nobody waits for it until the end.
    this.end.catch(() => undefined);
    this.zip = new Zip((error, chunk, final) => {
      if (error !== null) return failed(error);
      this.gather(chunk as Bytes);
      if (final) ended();
    });
  }

  /** Adds a text, squeezed. */
  text(name: string, text: string): void {
    const file = new AsyncZipDeflate(name, { level: 6 });
    this.begin(name, file);
    file.push(utf8(text), true);
  }

  json(name: string, value: unknown): void {
    this.text(name, `${JSON.stringify(value, null, 2)}\n`);
  }

  /** Adds bytes as they are: what is sealed, or a picture, does not become smaller. */
  bytes(name: string, bytes: Bytes): void {
    const file = new ZipPassThrough(name);
    this.begin(name, file);
    file.push(bytes, true);
  }

  has(name: string): boolean {
    return this.names.has(name);
  }

  /** The whole. */
  async done(): Promise<Blob> {
    this.zip.end();
    await this.end;
    return new Blob([...this.parts, ...this.gathered], { type: 'application/zip' });
  }

  private begin(name: string, file: AsyncZipDeflate | ZipPassThrough): void {
    this.names.add(name);
    file.mtime = this.at;
    this.zip.add(file);
  }

  private gather(chunk: Bytes): void {
    this.gathered.push(chunk);
    this.size += chunk.length;
    if (this.size < PART) return;
    this.parts.push(new Blob(this.gathered));
    this.gathered = [];
    this.size = 0;
  }
}

/** A file's name without what a file system would take for something else. */
export function plainName(name: string): string {
  const plain = name.replace(/[\\/:*?"<>|\u0000-\u001f\u007f]/g, '_').replace(/^\.+/, '_').trim().slice(-120);
  return plain === '' ? 'file' : plain;
}
