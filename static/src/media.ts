/** One connection to the SFU: what we send, and a receive slot for everybody else. Knows no page. */
import type { Slot } from './wire.ts';

/** The layers we send of our camera (VP8 simulcast), lowest first; bit/s. */
export const LAYERS: readonly RTCRtpEncodingParameters[] = [
  { rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 450_000 },
  { rid: 'f', scaleResolutionDownBy: 1, maxBitrate: 1_300_000 },
];

/** How long a connection may be `disconnected` before we restart it, in ms. Sooner reacts to hiccups, later leaves silence. */
export const RESTART_AFTER_MS = 2_500;
/** How long a restart may take before we join anew, in ms. */
export const GIVE_UP_AFTER_MS = 8_000;

type Kind = 'audio' | 'video';

/** The codecs we offer of those the browser has: Opus; VP8 and its retransmission. Everything else is dead weight in the offer. */
export function wanted(kind: Kind, codecs: readonly RTCRtpCodec[]): RTCRtpCodec[] {
  const names = kind === 'audio' ? ['audio/opus'] : ['video/vp8', 'video/rtx'];
  return codecs.filter((codec) => names.includes(codec.mimeType.toLowerCase()));
}

/** How many receive slots of each kind a room of `people` needs, ourselves not counted. */
export function slotsFor(people: number): number {
  return Math.max(1, people - 1);
}

/** What each seat sends us now, from the slots and the tracks that sit on them. */
export function bySeat<T>(slots: readonly Slot[], tracks: ReadonlyMap<string, T>): Map<string, T[]> {
  const seats = new Map<string, T[]>();
  for (const { mid, seat } of slots) {
    const track = tracks.get(mid);
    if (seat !== null && track !== undefined) seats.set(seat, [...(seats.get(seat) ?? []), track]);
  }
  return seats;
}

/** Figures of a connection since it began, from `getStats`. */
export interface Summary {
  /** Frames decoded and audio samples heard, over all slots. */
  framesDecoded: number;
  audioPackets: number;
  packetsLost: number;
  /** Share of the heard audio that had to be made up, 0–1. */
  concealed: number;
  /** Round trip in ms, when known. */
  rtt: number | null;
  /** What we could send, bit/s, when known. */
  uplink: number | null;
  transport: string | null;
}

function num(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

/** Adds up a stats report. */
export function summarise(report: Iterable<Record<string, unknown>>): Summary {
  const sum: Summary = { framesDecoded: 0, audioPackets: 0, packetsLost: 0, concealed: 0, rtt: null, uplink: null, transport: null };
  const protocols = new Map<string, string>();
  let samples = 0;
  let made = 0;
  let local: string | null = null;
  for (const one of report) {
    if (one.type === 'inbound-rtp') {
      sum.framesDecoded += num(one.framesDecoded);
      if (one.kind === 'audio') sum.audioPackets += num(one.packetsReceived);
      sum.packetsLost += num(one.packetsLost);
      samples += num(one.totalSamplesReceived);
      made += num(one.concealedSamples);
    } else if (one.type === 'candidate-pair' && one.nominated === true && one.state === 'succeeded') {
      if (typeof one.currentRoundTripTime === 'number') sum.rtt = one.currentRoundTripTime * 1000;
      if (typeof one.availableOutgoingBitrate === 'number') sum.uplink = one.availableOutgoingBitrate;
      if (typeof one.localCandidateId === 'string') local = one.localCandidateId;
    } else if (one.type === 'local-candidate') {
      protocols.set(String(one.id), String(one.protocol));
    }
  }
  sum.concealed = samples > 0 ? made / samples : 0;
  sum.transport = local === null ? null : (protocols.get(local) ?? null);
  return sum;
}

/** What seals what goes out and opens what comes in: nothing passes a connection without it. */
export interface FrameGate {
  attachSender(sender: RTCRtpSender, kind: Kind): void;
  attachReceiver(receiver: RTCRtpReceiver, kind: Kind): void;
  /** Whose frames come here now; null for nobody's. */
  bind(receiver: RTCRtpReceiver, seat: string | null): void;
}

/** With the second, Chromium sends and shows nothing that hasn't been through a transform. */
type SealedConfiguration = RTCConfiguration & { encodedInsertableStreams: boolean };

export interface ConnectionEvents {
  /** Media flows. */
  onUp(): void;
  /** Media has stopped; the connection tries to mend itself. */
  onDown(): void;
  /** A new offer must go to the server (a restart). */
  onOfferNeeded(): void;
  /** It can't be mended: join anew. */
  onLost(): void;
}

export class Connection {
  private readonly pc: RTCPeerConnection;
  private readonly audio: RTCRtpTransceiver;
  private readonly video: RTCRtpTransceiver;
  private readonly receivers: RTCRtpTransceiver[] = [];
  private restartTimer: ReturnType<typeof setTimeout> | null = null;
  private giveUpTimer: ReturnType<typeof setTimeout> | null = null;
  private closed = false;
  /** There is a key to seal with; before, nothing is even given to the encoders. */
  private keyed = false;
  private tracksToSend: { audio: MediaStreamTrack | null; video: MediaStreamTrack | null } = { audio: null, video: null };

  constructor(people: number, private readonly gate: FrameGate, private readonly events: ConnectionEvents) {
    const configuration: SealedConfiguration = { bundlePolicy: 'max-bundle', iceServers: [], encodedInsertableStreams: true };
    this.pc = new RTCPeerConnection(configuration);
    this.audio = this.make('audio', { direction: 'sendonly' });
    this.video = this.make('video', { direction: 'sendonly', sendEncodings: LAYERS.map((layer) => ({ ...layer })) });
    this.room(people);
    this.pc.onconnectionstatechange = () => this.changed();
  }

  /** True when it has receive slots for this many people. */
  fits(people: number): boolean {
    return this.receivers.length >= 2 * slotsFor(people);
  }

  /** Adds receive slots for this many people; they count after the next offer. */
  room(people: number): void {
    while (!this.fits(people)) {
      this.receivers.push(this.make('audio', { direction: 'recvonly' }), this.make('video', { direction: 'recvonly' }));
    }
  }

  /** Sends these tracks as soon as there is a key; null sends nothing. Needs no new offer. */
  async send(audio: MediaStreamTrack | null, video: MediaStreamTrack | null): Promise<void> {
    this.tracksToSend = { audio, video };
    await this.flow();
  }

  /** There is a key now to seal with. */
  async keyArrived(): Promise<void> {
    this.keyed = true;
    await this.flow();
  }

  /** Whose frames each receive slot opens from now on. */
  place(slots: readonly Slot[]): void {
    const seats = new Map(slots.map(({ mid, seat }) => [mid, seat]));
    for (const { mid, receiver } of this.receivers) this.gate.bind(receiver, mid === null ? null : (seats.get(mid) ?? null));
  }

  private async flow(): Promise<void> {
    const { audio, video } = this.tracksToSend;
    if (this.closed || !this.keyed) return;
    if (this.audio.sender.track !== audio) await this.audio.sender.replaceTrack(audio);
    if (this.video.sender.track !== video) await this.video.sender.replaceTrack(video);
  }

  /** A complete offer; the server needs none of our candidates. */
  async offer(): Promise<string> {
    const offer = await this.pc.createOffer();
    await this.pc.setLocalDescription(offer);
    return offer.sdp ?? '';
  }

  async answered(sdp: string): Promise<void> {
    if (!this.closed && this.pc.signalingState === 'have-local-offer') {
      await this.pc.setRemoteDescription({ type: 'answer', sdp });
    }
  }

  /** Takes back an offer the server refused. */
  async takeBack(): Promise<void> {
    if (!this.closed && this.pc.signalingState === 'have-local-offer') await this.pc.setLocalDescription({ type: 'rollback' });
  }

  /** The tracks of each receive slot by mid. */
  tracks(): Map<string, MediaStreamTrack> {
    const known = this.receivers.flatMap((one): [string, MediaStreamTrack][] =>
      one.mid === null ? [] : [[one.mid, one.receiver.track]]);
    return new Map(known);
  }

  async summary(): Promise<Summary> {
    const report = await this.pc.getStats();
    const entries: Record<string, unknown>[] = [];
    report.forEach((one: Record<string, unknown>) => entries.push(one));
    return summarise(entries);
  }

  get up(): boolean {
    return this.pc.connectionState === 'connected';
  }

  close(): void {
    this.closed = true;
    this.calm();
    this.pc.onconnectionstatechange = null;
    this.pc.close();
  }

  /** Every transceiver is made here, and at once goes through the gate: later is too late in some browsers. */
  private make(kind: Kind, init: RTCRtpTransceiverInit): RTCRtpTransceiver {
    const transceiver = this.pc.addTransceiver(kind, init);
    if (init.direction === 'sendonly') this.gate.attachSender(transceiver.sender, kind);
    else this.gate.attachReceiver(transceiver.receiver, kind);
    const codecs = wanted(kind, RTCRtpReceiver.getCapabilities(kind)?.codecs ?? []);
    if (codecs.length > 0 && 'setCodecPreferences' in transceiver) transceiver.setCodecPreferences(codecs);
    return transceiver;
  }

  private changed(): void {
    const state = this.pc.connectionState;
    if (state === 'connected') {
      this.calm();
      this.events.onUp();
    } else if (state === 'disconnected' || state === 'failed') {
      this.events.onDown();
      this.restartTimer ??= setTimeout(() => this.restart(), state === 'failed' ? 0 : RESTART_AFTER_MS);
    }
  }

  private restart(): void {
    if (this.closed) return;
    this.pc.restartIce();
    this.events.onOfferNeeded();
    this.giveUpTimer ??= setTimeout(() => this.events.onLost(), GIVE_UP_AFTER_MS);
  }

  private calm(): void {
    if (this.restartTimer !== null) clearTimeout(this.restartTimer);
    if (this.giveUpTimer !== null) clearTimeout(this.giveUpTimer);
    this.restartTimer = null;
    this.giveUpTimer = null;
  }
}
