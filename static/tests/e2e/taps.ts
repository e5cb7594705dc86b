/** Taps on a page's frame worker: frames as they are before sealing, as they come from the server, and as they are after opening. */
import type { ChromiumTab } from './chromium.ts';

/** Pictures, in hex. */
export interface Taps {
  /** 32 bytes of each frame of ours, from behind what stays in the clear. */
  plain: string[];
  /** Frames of others, whole, as they came. */
  wire: string[];
  /** The same, as they went to the decoder. */
  opened: string[];
}

declare global {
  interface Window {
    taps: Taps;
  }
}

/** Put before the worker's own code: every transformer that it is given has a tap at either end. */
function tap(): void {
  const line = new BroadcastChannel('taps');
  let real: ((event: unknown) => void) | null = null;
  const hex = (data: ArrayBuffer) => Array.from(new Uint8Array(data), (one) => one.toString(16).padStart(2, '0')).join('');
  const through = (pipe: keyof Taps, from: number, to?: number) =>
    new TransformStream<{ data: ArrayBuffer }>({
      transform: (frame, controller) => {
        if (frame.data.byteLength > 60) line.postMessage({ pipe, hex: hex(frame.data.slice(from, to)) });
        controller.enqueue(frame);
      },
    });
  Object.defineProperty(self, 'onrtctransform', {
    set: (handler: (event: unknown) => void) => {
      if (real === null) self.addEventListener('rtctransform', (event) => real?.({ transformer: tapped((event as never as { transformer: Transformer }).transformer) }));
      real = handler;
    },
    get: () => real,
  });
  interface Transformer {
    readable: ReadableStream<{ data: ArrayBuffer }>;
    writable: WritableStream<{ data: ArrayBuffer }>;
    options: { direction: string; kind: string };
    generateKeyFrame(rid?: string): Promise<unknown>;
    sendKeyFrameRequest(): Promise<unknown>;
  }
  function tapped(transformer: Transformer): object {
    const { options } = transformer;
    const ask = { generateKeyFrame: (rid?: string) => transformer.generateKeyFrame(rid), sendKeyFrameRequest: () => transformer.sendKeyFrameRequest() };
    if (options.kind !== 'video') return { readable: transformer.readable, writable: transformer.writable, options, ...ask };
    if (options.direction === 'send') return { readable: transformer.readable.pipeThrough(through('plain', 12, 44)), writable: transformer.writable, options, ...ask };
    const after = through('opened', 0);
    void after.readable.pipeTo(transformer.writable);
    return { readable: transformer.readable.pipeThrough(through('wire', 0)), writable: after.writable, options, ...ask };
  }
}

/** In the page: keeps the last of what the worker's taps say. */
function keep(): void {
  const MOST = { plain: 4000, wire: 300, opened: 300 };
  window.taps = { plain: [], wire: [], opened: [] };
  new BroadcastChannel('taps').onmessage = ({ data }: MessageEvent<{ pipe: keyof Taps; hex: string }>) => {
    const list = window.taps[data.pipe];
    list.push(data.hex);
    if (list.length > MOST[data.pipe]) list.shift();
  };
}

/** Before the page is opened. */
export async function tapFrames(tab: ChromiumTab): Promise<void> {
  await tab.page.addInitScript(keep);
  await tab.page.route(/assets\/worker-[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `globalThis.__name = (named) => named;(${tap.toString()})();\n${await response.text()}` });
  });
}
