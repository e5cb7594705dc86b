/** What this device sends: its microphone and camera, on or off, and what went wrong with them. */
import { batch, signal, type Signal } from '@preact/signals';

import { type Acquired, acquire, acquireBoth, type DeviceKind, type DeviceProblem } from './devices.ts';
import { kept } from './kept.ts';

export interface Source {
  /** The person wants it on. */
  on: boolean;
  /** What comes from it; null when it is off or failed. */
  track: MediaStreamTrack | null;
  problem: DeviceProblem | null;
}

const OFF: Source = { on: false, track: null, problem: null };

function letGo(got: Acquired): void {
  if ('track' in got) got.track.stop();
}

export class Local {
  readonly microphone: Signal<Source> = signal(OFF);
  readonly camera: Signal<Source> = signal(OFF);
  /** Counts changes, so that whoever sends our tracks can follow. */
  readonly version = signal(0);
  private work: Promise<void> = Promise.resolve();
  /** Counts stops: what was asked for before the last one and comes after it is let go at once. */
  private stops = 0;

  /** Asks for both devices with one question. */
  startBoth(): Promise<void> {
    return this.queue(async () => {
      const { stops } = this;
      const got = await acquireBoth(kept.device('camera'), kept.device('microphone'));
      if (stops !== this.stops) return [got.camera, got.microphone].forEach(letGo);
      batch(() => {
        this.take('microphone', got.microphone, true);
        this.take('camera', got.camera, true);
      });
    });
  }

  set(kind: DeviceKind, on: boolean): Promise<void> {
    return this.queue(() => (on ? this.turnOn(kind) : Promise.resolve(this.turnOff(kind))));
  }

  /** Uses another device of this kind from now on. */
  choose(kind: DeviceKind, device: string): Promise<void> {
    kept.setDevice(kind, device);
    return this.queue(async () => {
      const { on, track } = this.source(kind).value;
      track?.stop();
      if (on) await this.get(kind, device);
      else this.put(kind, OFF);
    });
  }

  /** Lets go of both: their lights go out. */
  stop(): void {
    this.stops += 1;
    batch(() => {
      for (const kind of ['camera', 'microphone'] as const) {
        this.source(kind).value.track?.stop();
        this.source(kind).value = OFF;
      }
      this.version.value += 1;
    });
  }

  source(kind: DeviceKind): Signal<Source> {
    return kind === 'camera' ? this.camera : this.microphone;
  }

  private async turnOn(kind: DeviceKind): Promise<void> {
    const { track } = this.source(kind).value;
    if (track !== null && track.readyState === 'live') {
      track.enabled = true;
      this.put(kind, { on: true, track, problem: null });
      return;
    }
    await this.get(kind, kept.device(kind));
  }

  private async get(kind: DeviceKind, device: string | null): Promise<void> {
    const { stops } = this;
    const got = await acquire(kind, device);
    if (stops === this.stops) this.take(kind, got, true);
    else letGo(got);
  }

  /** A microphone is muted (it comes back at once); a camera is let go (its light goes out). */
  private turnOff(kind: DeviceKind): void {
    const { track } = this.source(kind).value;
    if (kind === 'microphone' && track !== null) {
      track.enabled = false;
      this.put(kind, { on: false, track, problem: null });
      return;
    }
    track?.stop();
    this.put(kind, OFF);
  }

  private take(kind: DeviceKind, got: Acquired, on: boolean): void {
    if ('problem' in got) {
      this.put(kind, { on: false, track: null, problem: got.problem });
      return;
    }
    const { track } = got;
    track.contentHint = kind === 'camera' ? 'motion' : 'speech';
    track.onended = () => {
      if (this.source(kind).value.track === track) this.put(kind, { on: false, track: null, problem: 'stopped' });
    };
    this.put(kind, { on, track, problem: null });
  }

  private put(kind: DeviceKind, source: Source): void {
    batch(() => {
      this.source(kind).value = source;
      this.version.value += 1;
    });
  }

  private queue(job: () => Promise<void>): Promise<void> {
    this.work = this.work.then(job, job);
    return this.work;
  }
}
