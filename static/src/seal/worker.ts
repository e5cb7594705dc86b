/** The worker through which every frame goes on its way in and out; the only place of the app that has frames in its hands. */
import type { Bytes } from './bytes.ts';
import { Pipes } from './pipes.ts';
import type { FromWorker, PipeOptions, ToWorker } from './frames.ts';

/** An encoded frame, as the browser hands it to a transform. */
interface EncodedFrame {
  data: ArrayBuffer;
}

/** The worker's end of an `RTCRtpScriptTransform`. */
interface Transformer {
  readonly readable: ReadableStream<EncodedFrame>;
  readonly writable: WritableStream<EncodedFrame>;
  readonly options: PipeOptions;
  generateKeyFrame?(rid?: string): Promise<unknown>;
  sendKeyFrameRequest?(): Promise<unknown>;
}

interface Scope {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  onrtctransform: ((event: { transformer: Transformer }) => void) | null;
  postMessage(message: FromWorker): void;
}

const scope = self as unknown as Scope;
const pipes = new Pipes({
  now: () => performance.now(),
  trouble: (trouble) => scope.postMessage({ t: 'trouble', trouble }),
});

/** Keys take effect in the order in which they come. */
let keys: Promise<void> = Promise.resolve();

function inTurn(work: () => Promise<void>): void {
  keys = keys.then(work).catch(() => scope.postMessage({ t: 'failed' }));
}

scope.onmessage = ({ data: message }) => {
  if (message.t === 'mute') pipes.mute();
  else if (message.t === 'send-key') inTurn(() => pipes.sendKey(message.epoch, message.secret));
  else if (message.t === 'receive-key') inTurn(() => pipes.receiveKey(message.seat, message.epoch, message.secret));
  else if (message.t === 'drop-key') inTurn(() => Promise.resolve(pipes.dropKey(message.seat, message.epoch)));
  else if (message.t === 'bind') pipes.bind(message.id, message.seat);
  else scope.postMessage({ t: 'counters', re: message.re, counters: pipes.counters() });
};

/** A browser may refuse to ask for a key frame (no sender yet, a layer that is off): the decoder asks again by itself. */
function quietly(asked: Promise<unknown> | undefined): void {
  asked?.catch(() => undefined);
}

function connect(transformer: Transformer, work: (frame: Bytes) => Promise<Bytes | null>, done: () => void): void {
  const through = new TransformStream<EncodedFrame, EncodedFrame>({
    transform: async (frame, controller) => {
      const bytes = await work(new Uint8Array(frame.data));
      if (bytes === null) return;
      frame.data = bytes.buffer;
      controller.enqueue(frame);
    },
  });
  transformer.readable.pipeThrough(through).pipeTo(transformer.writable).then(done, done);
}

scope.onrtctransform = ({ transformer }) => {
  const { direction, kind, id } = transformer.options;
  if (direction === 'send') {
    const stop = kind === 'video' ? pipes.starts(() => quietly(transformer.generateKeyFrame?.())) : () => undefined;
    connect(transformer, (frame) => pipes.seal(kind, frame), stop);
  } else {
    pipes.open(id, kind, kind === 'video' ? () => quietly(transformer.sendKeyFrameRequest?.()) : null);
    connect(transformer, (frame) => pipes.unseal(id, frame), () => pipes.close(id));
  }
};

scope.postMessage({ t: 'ready' });
