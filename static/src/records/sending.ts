/** The uploads of this tab, and those that a reload interrupted: whatever page is shown, they go on. */
import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';

import { keys } from '../keys.ts';
import { isPicture } from './content.ts';
import { Desk } from './desk.ts';
import { sendPorts } from './ports.ts';
import { recordServer } from './server.ts';
import { called } from './titles.ts';
import { NotTaken, type Unfinished, Upload, type UploadPorts, type Wish } from './uploads.ts';

/** Where uploads lie on the desk. */
const PLACE = 'upload/';

async function desk(): Promise<Desk | null> {
  const mine = await keys.identity();
  return mine === null ? null : new Desk(mine);
}

/** Resolves after that long, or when the browser says that the line is back. */
function wait(ms: number): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(go, ms);
    function go(): void {
      clearTimeout(timer);
      removeEventListener('online', go);
      done();
    }
    addEventListener('online', go);
  });
}

const ports: UploadPorts = {
  ...sendPorts,
  server: recordServer,
  prepare: async (type, bytes, smaller) => {
    if (!isPicture(type)) return bytes;
    const { prepared } = await import('./picture.ts');
    return prepared(type, bytes, smaller).catch(() => {
      throw new NotTaken('broken');
    });
  },
  keep: async (unfinished) => (await desk())?.put(PLACE + unfinished.begun.record, unfinished),
  drop: async (record) => (await desk())?.remove(PLACE + record),
  wait,
};

const all = signal<readonly Upload[]>([]);

/** Everything that was sent or is being sent in this tab, the newest last. */
export const uploads: ReadonlySignal<readonly Upload[]> = all;

/** How many are not done. */
export const unsent = computed(() => all.value.filter((one) => one.open).length);

/** Sends a file. `before` goes on where an earlier page stopped. */
export function send(file: File, wish: Wish, before: Unfinished | null = null): Upload {
  const upload = new Upload(file, wish, ports, before);
  all.value = [...all.value, upload];
  void upload.run().then(() => upload.record !== null && called(upload.record, wish.title));
  return upload;
}

/** Takes it off the list; one that is not done is given up. */
export function dismiss(upload: Upload): void {
  all.value = all.value.filter((one) => one !== upload);
  if (upload.open) void upload.stop();
}

/** What an earlier page began and did not finish, and nobody here goes on with. */
export async function unfinished(): Promise<Unfinished[]> {
  const found = await (await desk())?.all(PLACE).catch(() => []);
  return (found ?? []).map((one) => one.value as Unfinished);
}

/** Nobody goes on with it. */
export async function forget(one: Unfinished): Promise<void> {
  await ports.drop(one.begun.record);
  if (one.begun.upload !== null) await recordServer.endUpload(one.begun.upload).catch(() => undefined);
}

/** Asks before the page goes while something is on its way. */
function stay(event: BeforeUnloadEvent): void {
  event.preventDefault();
}
effect(() => {
  if (unsent.value > 0) addEventListener('beforeunload', stay);
  else removeEventListener('beforeunload', stay);
});

/** Whoever leaves takes along what they were sending. */
effect(() => {
  if (keys.state.value.kind !== 'none') return;
  all.peek().forEach((one) => void one.stop());
  all.value = [];
});
