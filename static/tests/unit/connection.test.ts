/** Nothing leaves a connection in the clear, and nothing comes in past the gate. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Connection, type FrameGate } from '../../src/media.ts';

/** What was done, in order. */
let log: string[] = [];
let configuration: RTCConfiguration & { encodedInsertableStreams?: boolean } = {};

class Peer {
  connectionState = 'new';
  signalingState = 'stable';
  onconnectionstatechange: (() => void) | null = null;
  private count = 0;

  constructor(given: RTCConfiguration) {
    configuration = given;
  }

  addTransceiver(kind: string, { direction }: { direction: string }) {
    const mid = String(this.count);
    this.count += 1;
    log.push(`made ${direction} ${kind}`);
    const sender = {
      name: `sender ${mid}`,
      track: null as unknown,
      replaceTrack(track: { id: string } | null): Promise<void> {
        log.push(`${kind} sends ${track?.id ?? 'nothing'}`);
        this.track = track;
        return Promise.resolve();
      },
    };
    return { mid, sender, receiver: { name: `receiver ${mid}`, track: {} } };
  }

  createOffer() {
    log.push('offer');
    return Promise.resolve({ sdp: 'offer' });
  }

  setLocalDescription(): Promise<void> {
    this.signalingState = 'have-local-offer';
    return Promise.resolve();
  }

  setRemoteDescription(): Promise<void> {
    log.push('answer');
    return Promise.resolve();
  }

  close(): void {
    log.push('closed');
  }
}

function nameOf(end: object): string {
  return 'name' in end ? String(end.name) : '?';
}

const gate: FrameGate = {
  attachSender: (sender, kind) => log.push(`gate for ${nameOf(sender)} ${kind}`),
  attachReceiver: (receiver, kind) => log.push(`gate for ${nameOf(receiver)} ${kind}`),
  bind: (receiver, seat) => log.push(`${nameOf(receiver)} is of ${seat}`),
};

const nothing = { onUp: () => undefined, onDown: () => undefined, onOfferNeeded: () => undefined, onLost: () => undefined };

function connect(people = 2): Connection {
  Object.assign(globalThis, { RTCPeerConnection: Peer, RTCRtpReceiver: { getCapabilities: () => null } });
  log = [];
  return new Connection(people, gate, nothing);
}

const track = (id: string) => ({ id }) as MediaStreamTrack;

test('every sender and receiver goes through the gate as soon as it is made, before any offer', async () => {
  const connection = connect(3);
  await connection.offer();
  await connection.answered('answer');
  const made = log.flatMap((line, i) => (line.startsWith('made') ? [i] : []));
  assert.equal(made.length, 6);
  for (const i of made) assert.match(log[i + 1] ?? '', /^gate for /);
  assert.ok(log.indexOf('offer') > Math.max(...made) + 1);
});

test('the browser is told to send nothing that has not been through a transform', () => {
  connect();
  assert.equal(configuration.encodedInsertableStreams, true);
});

test('the encoders are given nothing before there is a key, and then what is there by then', async () => {
  const connection = connect();
  await connection.send(track('old microphone'), null);
  await connection.send(track('microphone'), track('camera'));
  await connection.offer();
  assert.deepEqual(log.filter((line) => line.includes('sends')), []);
  await connection.keyArrived();
  assert.deepEqual(log.filter((line) => line.includes('sends')), ['audio sends microphone', 'video sends camera']);
  await connection.send(track('microphone'), null);
  assert.equal(log.at(-1), 'video sends nothing');
});

test('a connection that is closed sends nothing when its key comes', async () => {
  const connection = connect();
  await connection.send(track('microphone'), null);
  connection.close();
  await connection.keyArrived();
  assert.equal(log.at(-1), 'closed');
});

test('a slot opens the frames of whoever sits in it, and of nobody when it is not named', () => {
  const connection = connect(3);
  log = [];
  connection.place([{ mid: '2', seat: 'a' }, { mid: '3', seat: null }]);
  assert.deepEqual(log, ['receiver 2 is of a', 'receiver 3 is of null', 'receiver 4 is of null', 'receiver 5 is of null']);
});
