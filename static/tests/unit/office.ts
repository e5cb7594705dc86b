/** A server for tests of sealed calls: it seats people, passes on what they send, and may be told to misbehave. The mathematics is real. */
import type { VisitKey, VisitKeys } from '../../src/keys.ts';
import type { Alarm } from '../../src/seal/alarm.ts';
import { base64url, type Bytes, fromBase64url, hex } from '../../src/seal/bytes.ts';
import { makeGuest, type SeatRole, type Signer } from '../../src/seal/member.ts';
import { KINDS } from '../../src/seal/pass.ts';
import type { CallSeal, FrameKeys } from '../../src/visit/call-seal.ts';
import { Ring } from '../../src/visit/ring.ts';
import { Shield } from '../../src/visit/shield.ts';
import type { SeatView } from '../../src/wire.ts';
import { id } from './seal-keys.ts';

export const VISIT = id('visit');

/** The keys of frames, written down. */
export class Desk implements FrameKeys {
  sending: { epoch: number; secret: string } | null = null;
  readonly opens = new Map<string, string>();
  closed = false;
  sendKey(epoch: number, secret: Bytes): void {
    this.sending = { epoch, secret: hex(secret) };
  }
  mute(): void {
    this.sending = null;
  }
  receiveKey(seat: string, epoch: number, secret: Bytes): void {
    this.opens.set(`${seat} ${epoch}`, hex(secret));
  }
  dropKey(seat: string, epoch: number): void {
    this.opens.delete(`${seat} ${epoch}`);
  }
  close(): void {
    this.closed = true;
  }
}

export interface Letter {
  from: string;
  to: string;
  kind: keyof typeof KINDS;
  body: string;
}

function kindOf(body: string): keyof typeof KINDS {
  const [code] = fromBase64url(body);
  const found = Object.entries(KINDS).find(([, one]) => one === code);
  if (found === undefined) throw new Error('a pass of no kind');
  return found[0] as keyof typeof KINDS;
}

/** Somebody with a browser, over all their joins. */
export class Somebody {
  readonly seat: string;
  readonly shield: Shield<Desk>;
  desk = new Desk();
  seal: CallSeal | null = null;
  blob = '';
  here = false;
  transcript: string | null = null;
  keyedTimes = 0;
  readonly remembered = new Set<string>();
  /** Every alarm there was, also of those that went away. */
  readonly heard: Alarm[] = [];

  constructor(private readonly office: Office, readonly name: string, readonly role: SeatRole, readonly signer: Signer) {
    this.seat = id(name);
    const ring = new Ring({ now: () => office.now, ofVisit: () => office.listed() });
    this.shield = new Shield(VISIT, role, ring, {
      now: () => office.now,
      pass: (to, body) => office.take({ from: this.seat, to, kind: kindOf(body), body }),
      frames: () => new Desk(),
      signer: () => Promise.resolve(signer),
      broken: () => undefined,
      transcriptKey: (key) => {
        this.transcript = hex(key);
      },
      guest: () => undefined,
      remembered: (mine, theirs) => Promise.resolve(this.remembered.has(hex(mine) + hex(theirs))),
      remember: (mine, theirs) => void this.remembered.add(hex(mine) + hex(theirs)),
    });
    this.shield.alarms.subscribe((alarms) => this.heard.push(...alarms.filter((one) => !this.heard.includes(one))));
  }

  view(): SeatView {
    return { id: this.seat, role: this.role, name: this.name, standing: 'admitted', here: this.here, mic: true, cam: true, key: this.here ? this.blob : null, flag: null };
  }

  /** Joins, or joins again: new keys, a new connection. */
  async join(): Promise<void> {
    const { frames, seal, blob } = this.shield.guard(() => (this.keyedTimes += 1));
    this.seal?.close();
    this.blob = (await blob) ?? '';
    this.here = true;
    this.desk = frames;
    this.seal = seal;
    this.shield.joined(seal, this.seat, this.office.shown(this));
    this.office.tellAll();
  }

  kinds(): string[] {
    return this.heard.map((one) => one.kind);
  }
}

export class Office {
  now = 1_790_000_000_000;
  readonly people: Somebody[] = [];
  /** Everything that was ever sent. */
  readonly log: Letter[] = [];
  private readonly post: Letter[] = [];
  /** What happens to a letter on its way: by default nothing. */
  bend: (letter: Letter) => Letter[] = (letter) => [letter];
  /** The keys that the server lists; a test may hide or change some. */
  lists: (keys: { doctor: Bytes[]; patient: Bytes[] }) => { doctor: Bytes[]; patient: Bytes[] } = (keys) => keys;
  /** The room as the server shows it to somebody. */
  shows: (seats: SeatView[], to: Somebody) => SeatView[] = (seats) => seats;

  async add(name: string, role: SeatRole): Promise<Somebody> {
    const one = new Somebody(this, name, role, await makeGuest());
    this.people.push(one);
    return one;
  }

  listed(): Promise<VisitKeys> {
    const eds = (role: SeatRole): Bytes[] => this.people.filter((one) => one.role === role).map((one) => one.signer.ed);
    const keys = this.lists({ doctor: eds('doctor'), patient: eds('patient') });
    const key = (ed: Bytes): VisitKey => (
      { id: id(hex(ed)), person: id('person'), rsa: '', ed: base64url(ed), sig: '', rsaBytes: new Uint8Array(), edBytes: ed, fresh: false });
    return Promise.resolve({ visit: VISIT, doctor: keys.doctor.map(key), patient: keys.patient.map(key), clinic: null, wraps: [], warnings: [] });
  }

  shown(to: Somebody): SeatView[] {
    return this.shows(this.people.map((one) => one.view()), to);
  }

  tellAll(): void {
    for (const one of this.people) if (one.here) one.shield.room(this.shown(one));
  }

  goes(one: Somebody): void {
    one.here = false;
    one.seal?.close();
    one.shield.left();
    this.tellAll();
  }

  take(letter: Letter): void {
    this.log.push(letter);
    this.post.push(...this.bend(letter));
  }

  /** The server itself sends something in somebody's name. */
  async forge(from: string, to: Somebody, body: string): Promise<void> {
    to.shield.passed(from, body);
    await this.settle();
  }

  /** Until nothing is under way any more. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3; quiet += 1) {
      for (const one of this.people) await one.seal?.idle();
      await new Promise((resolve) => setImmediate(resolve));
      for (let letter = this.post.shift(); letter !== undefined; letter = this.post.shift()) {
        const { from, to, body } = letter;
        const reader = this.people.find((one) => one.seat === to && one.here);
        reader?.shield.passed(from, body);
        await reader?.seal?.idle();
        quiet = 0;
      }
    }
  }

  async pass(ms: number, step = 250): Promise<void> {
    for (let past = 0; past < ms; past += step) {
      this.now += step;
      for (const one of this.people) if (one.here) one.shield.tick();
      await this.settle();
    }
  }

  hears(reader: Somebody, writer: Somebody): boolean {
    const { sending } = writer.desk;
    return sending !== null && reader.desk.opens.get(`${writer.seat} ${sending.epoch}`) === sending.secret;
  }

  /** Whether everybody who is here opens what everybody else seals. */
  whole(): boolean {
    const here = this.people.filter((one) => one.here);
    return here.every((one) => here.every((other) => one === other || this.hears(one, other)));
  }

  sent(to: string, kind: Letter['kind']): Letter[] {
    return this.log.filter((one) => one.to === to && one.kind === kind);
  }
}
