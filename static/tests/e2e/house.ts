/** A real server on free ports with a folder of its own, which can be killed and started again, and leaves nothing behind. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, closeSync, mkdtempSync, openSync, readdirSync, readFileSync, readSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createSocket } from 'node:dgram';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { until } from './until.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const TARGET = resolve(ROOT, process.env['CARGO_TARGET_DIR'] ?? 'target');

/** Longest a server may take until it answers `/readyz`, in ms: a debug build that also makes its database. */
const START_LIMIT = 30_000;

/** Longest a server may take to end after SIGTERM, in ms. */
const END_LIMIT = 10_000;

/** How much of a server's memory is looked at at a time, in bytes. */
const MEMORY_CHUNK = 4n * 1024n * 1024n;

export interface Plan {
  database?: 'sqlite' | 'postgres';
  /** Which build of the server; `release` for measurements. */
  build?: 'debug' | 'release';
  /** The address announced for media; loopback unless told. */
  announce?: string;
  /** The port people open, when something stands between them and the server. */
  door?: number;
  /** More settings, as variables. */
  settings?: Record<string, string>;
}

/** Houses that are open: whatever happens to this process, their servers end with it. */
const open = new Set<House>();
process.on('exit', () => open.forEach((house) => house.abandon()));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

export class House {
  readonly url: string;
  private child: ChildProcess | undefined;

  private constructor(
    private readonly program: string,
    private readonly folder: string,
    readonly http: number,
    private readonly environment: Record<string, string>,
    private readonly postgres: boolean,
    door: number,
  ) {
    this.url = `http://localhost:${door}`;
  }

  /** Makes the folder and, if asked for, the PostgreSQL server, and starts Vaidya with its demo people. */
  static async open(plan: Plan = {}): Promise<House> {
    const folder = mkdtempSync(join(tmpdir(), 'vaidya-e2e-'));
    chmodSync(folder, 0o711); // PostgreSQL, which is not root, passes through
    const postgres = plan.database === 'postgres';
    const http = await freePort();
    const door = plan.door ?? http;
    const environment: Record<string, string> = {
      VAIDYA_HTTP: `127.0.0.1:${http}`,
      VAIDYA_MEDIA: String(await freePort()),
      VAIDYA_PUBLIC_IP: plan.announce ?? '127.0.0.1',
      VAIDYA_PUBLIC_URL: `http://localhost:${door}`,
      VAIDYA_DATA: join(folder, 'data'),
      ...plan.settings,
    };
    const program = join(TARGET, plan.build ?? 'debug', 'vaidya');
    const house = new House(program, folder, http, environment, postgres, door);
    open.add(house);
    try {
      if (postgres) environment['VAIDYA_DATABASE_URL'] = postgresDo('start', folder);
      await house.start();
      return house;
    } catch (error) {
      await house.close();
      throw error;
    }
  }

  /** Starts the server (again) and waits until it is ready. */
  async start(): Promise<void> {
    const log = openSync(this.logFile, 'a');
    const child = spawn(this.program, ['serve', '--demo'], {
      cwd: this.folder,
      env: { ...withoutSettings(process.env), ...this.environment },
      stdio: ['ignore', log, log],
    });
    this.child = child;
    let failure: Error | undefined;
    child.once('error', (error) => (failure = error));
    await until('the server is ready', START_LIMIT, async () => {
      if (failure) throw failure;
      if (child.exitCode !== null) throw new Error(`the server ended at once:\n${this.log().slice(-2000)}`);
      return (await status(`http://127.0.0.1:${this.http}/readyz`)) === 200;
    });
  }

  /** `kill -9`: no goodbye, nothing flushed. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Ends the server as an operator does, which must work, and removes every trace. */
  async close(): Promise<void> {
    open.delete(this);
    try {
      await this.end('SIGTERM');
    } finally {
      this.sweep();
    }
  }

  /** The server's process, while it runs. */
  get pid(): number | undefined {
    return this.child?.exitCode === null && this.child.signalCode === null ? this.child.pid : undefined;
  }

  /** Resident memory of the server, in bytes. */
  memory(): number {
    const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'));
    return Number(line?.[1]) * 1024;
  }

  /** Everything the server has logged. */
  log(): string {
    return readFileSync(this.logFile, 'utf8');
  }

  /** The figures for operators. */
  async metrics(): Promise<string> {
    return (await fetch(`http://127.0.0.1:${this.http}/metrics`)).text();
  }

  /** Files under the data folder in which one of these is; in base64url too, when asked for. */
  inFiles(needles: readonly Buffer[], decoded = false): string[] {
    const data = join(this.folder, 'data');
    const files = readdirSync(data, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(data, name)).isFile());
    return files.filter((name) => {
      const raw = readFileSync(join(data, name));
      const texts = decoded ? [...raw.toString('latin1').matchAll(/[\w-]{16,}/g)].map(([text]) => Buffer.from(text, 'base64url')) : [];
      return [raw, ...texts].some((bytes) => needles.some((needle) => bytes.includes(needle)));
    });
  }

  /** Turns a bit in the files whose name has this in it, as a failing disk does. */
  spoil(name: string): void {
    const data = join(this.folder, 'data');
    const files = readdirSync(data, { recursive: true, encoding: 'utf8' }).filter((one) => one.includes(name) && statSync(join(data, one)).isFile());
    if (files.length === 0) throw new Error(`no file named ${name}`);
    for (const file of files) {
      const bytes = readFileSync(join(data, file));
      const middle = bytes.length >> 1;
      bytes[middle] = (bytes[middle] ?? 0) ^ 1;
      writeFileSync(join(data, file), bytes);
    }
  }

  /** Looks at every block on the disk, as the server does at night. */
  looks(): void {
    const env = { ...withoutSettings(process.env), ...this.environment };
    spawnSync(this.program, ['blocks', 'audit', '--all'], { cwd: this.folder, env });
  }

  /** How often one of these is in the memory of the server that it can write, freed or not. Needs root. */
  inMemory(needles: readonly Buffer[]): number {
    const most = Math.max(...needles.map((one) => one.length));
    const memory = openSync(`/proc/${this.pid}/mem`, 'r');
    let found = 0;
    try {
      for (const [from, to] of this.writable()) {
        let rest = Buffer.alloc(0);
        for (let at = from; at < to; at += MEMORY_CHUNK) {
          const chunk = Buffer.concat([rest, readMemory(memory, at, to)]);
          found += needles.filter((needle) => chunk.includes(needle)).length;
          rest = Buffer.from(chunk.subarray(Math.max(0, chunk.length - most + 1)));
        }
      }
    } finally {
      closeSync(memory);
    }
    return found;
  }

  /** The parts of the server's memory that can be written. */
  private writable(): [bigint, bigint][] {
    const lines = readFileSync(`/proc/${this.pid}/maps`, 'utf8').split('\n');
    return lines.flatMap((line): [bigint, bigint][] => {
      const found = /^([\da-f]+)-([\da-f]+) rw/.exec(line);
      return found ? [[BigInt(`0x${found[1]}`), BigInt(`0x${found[2]}`)]] : [];
    });
  }

  /** Last resort at the end of this process: nothing may wait here. */
  abandon(): void {
    this.child?.kill('SIGKILL');
    this.sweep();
  }

  private get logFile(): string {
    return join(this.folder, 'server.log');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.child;
    if (!child || this.pid === undefined) return;
    const gone = new Promise((ended) => child.once('exit', () => ended(true)));
    child.kill(signal);
    const late = new Promise((ended) => setTimeout(() => ended(false), END_LIMIT).unref());
    if (await Promise.race([gone, late])) return;
    child.kill('SIGKILL');
    throw new Error(`the server did not end within ${END_LIMIT} ms of ${signal}:\n${this.log().slice(-2000)}`);
  }

  private sweep(): void {
    if (this.postgres) postgresDo('stop', this.folder);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function readMemory(memory: number, at: bigint, to: bigint): Buffer {
  const left = to - at;
  const chunk = Buffer.alloc(Number(left < MEMORY_CHUNK ? left : MEMORY_CHUNK));
  try {
    return chunk.subarray(0, readSync(memory, chunk, 0, chunk.length, at));
  } catch {
    return Buffer.alloc(0); // gone since the list was made
  }
}

/** A port nobody has, neither TCP nor UDP. */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer();
    const port = await new Promise<number>((found, failed) => {
      server.once('error', failed);
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        found(typeof address === 'object' && address ? address.port : 0);
      });
    });
    const socket = createSocket('udp4');
    const free = await new Promise<boolean>((known) => {
      socket.once('error', () => known(false));
      socket.bind(port, '127.0.0.1', () => known(true));
    });
    if (free) await new Promise<void>((closed) => socket.close(closed));
    await new Promise((closed) => server.close(closed));
    if (free) return port;
  }
}

function postgresDo(what: 'start' | 'stop', folder: string): string {
  const output = execFileSync(join(ROOT, 'scripts/postgres.sh'), [what, join(folder, 'postgres'), ...(what === 'start' ? [String(process.pid)] : [])], { encoding: 'utf8' });
  return output.trim();
}

function withoutSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('VAIDYA_')));
}

async function status(url: string): Promise<number> {
  try {
    return (await fetch(url)).status;
  } catch {
    return 0; // nobody listens yet
  }
}
