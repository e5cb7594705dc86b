/** What is offered, and who is on which slot. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { bySeat, LAYERS, slotsFor, summarise, wanted } from '../../src/media.ts';

const codec = (mimeType: string): RTCRtpCodec => ({ mimeType, clockRate: 90_000 });

test('only Opus, VP8 and its retransmission are offered', () => {
  const audio = ['audio/opus', 'audio/red', 'audio/G722', 'audio/PCMU', 'audio/telephone-event'].map(codec);
  const video = ['video/VP8', 'video/rtx', 'video/VP9', 'video/H264', 'video/AV1', 'video/ulpfec', 'video/red'].map(codec);
  assert.deepEqual(wanted('audio', audio).map((one) => one.mimeType), ['audio/opus']);
  assert.deepEqual(wanted('video', video).map((one) => one.mimeType), ['video/VP8', 'video/rtx']);
});

test('a browser that says nothing of its codecs is left as it is', () => {
  assert.deepEqual(wanted('video', []), []);
});

test('the layers are q, h and f, each half of the next', () => {
  assert.deepEqual(LAYERS.map((one) => [one.rid, one.scaleResolutionDownBy]), [['q', 4], ['h', 2], ['f', 1]]);
});

test('a room of two needs one slot, of four three, and never less than one', () => {
  assert.deepEqual([0, 1, 2, 3, 4].map(slotsFor), [1, 1, 1, 2, 3]);
});

test('tracks come to the seat that sits on their slot', () => {
  const tracks = new Map([['2', 'a1'], ['3', 'v1'], ['4', 'a2'], ['5', 'v2']]);
  const slots = [
    { mid: '2', seat: 'anna' }, { mid: '3', seat: 'anna' },
    { mid: '4', seat: null }, { mid: '5', seat: 'bela' }, { mid: '9', seat: 'bela' },
  ];
  assert.deepEqual([...bySeat(slots, tracks)], [['anna', ['a1', 'v1']], ['bela', ['v2']]]);
});

test('figures add up over all slots', () => {
  const sum = summarise([
    { type: 'inbound-rtp', kind: 'video', framesDecoded: 30, packetsLost: 2 },
    { type: 'inbound-rtp', kind: 'video', framesDecoded: 12 },
    { type: 'inbound-rtp', kind: 'audio', packetsReceived: 50, packetsLost: 1, totalSamplesReceived: 1000, concealedSamples: 50 },
    { type: 'local-candidate', id: 'L', protocol: 'udp' },
    { type: 'candidate-pair', nominated: true, state: 'succeeded', currentRoundTripTime: 0.025, availableOutgoingBitrate: 800_000, localCandidateId: 'L' },
    { type: 'candidate-pair', nominated: false, state: 'succeeded', currentRoundTripTime: 9 },
  ]);
  assert.deepEqual(sum, { framesDecoded: 42, audioPackets: 50, packetsLost: 3, concealed: 0.05, rtt: 25, uplink: 800_000, transport: 'udp' });
});

test('no figures are no figures', () => {
  assert.equal(summarise([]).rtt, null);
  assert.equal(summarise([]).concealed, 0);
});
