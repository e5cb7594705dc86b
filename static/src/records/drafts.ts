/** What is being written: kept in this tab whatever page or lock comes between, and sealed on this device for a reload. */
import { keys } from '../keys.ts';
import { Desk } from './desk.ts';

const PLACE = 'draft/';
/** After how long without a key the draft is put on the desk, in ms. Longer loses that much to a crash. */
const REST_MS = 800;

const here = new Map<string, unknown>();
const timers = new Map<string, ReturnType<typeof setTimeout>>();

async function desk(): Promise<Desk | null> {
  const mine = await keys.identity();
  return mine === null ? null : new Desk(mine);
}

/** The draft of a form as it was last, if there is one. */
export async function draftOf(form: string): Promise<unknown> {
  if (here.has(form)) return here.get(form);
  const found = await (await desk())?.all(PLACE + form).catch(() => []);
  return found?.find((one) => one.id === PLACE + form)?.value ?? null;
}

/** The same, when this tab has it at hand. */
export function draftHere(form: string): unknown {
  return here.get(form) ?? null;
}

/** Keeps what was typed; `tab`: only as long as this tab lives, as files that were chosen are. */
export function keepDraft(form: string, value: unknown, where: 'device' | 'tab' = 'device'): void {
  here.set(form, value);
  if (where === 'tab') return;
  clearTimeout(timers.get(form));
  timers.set(form, setTimeout(() => {
    void putAway(form, value).catch(() => undefined);
  }, REST_MS));
}

async function putAway(form: string, value: unknown): Promise<void> {
  const one = await desk();
  if (here.get(form) !== value) return;
  await one?.put(PLACE + form, value);
  if (!here.has(form)) await one?.remove(PLACE + form); // it was sent meanwhile
}

/** It was sent, or is not wanted. */
export async function dropDraft(form: string): Promise<void> {
  clearTimeout(timers.get(form));
  here.delete(form);
  await (await desk())?.remove(PLACE + form).catch(() => undefined);
}

keys.state.subscribe(({ kind }) => {
  if (kind === 'none') here.clear();
});
