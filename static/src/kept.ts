/** Small things the browser remembers between pages and reloads; nothing breaks when it won't. */
import type { DeviceKind } from './devices.ts';

function read(store: () => Storage, key: string): string | null {
  try {
    return store().getItem(key);
  } catch {
    return null;
  }
}

function write(store: () => Storage, key: string, value: string | null): void {
  try {
    if (value === null) store().removeItem(key);
    else store().setItem(key, value);
  } catch {
    // Private windows may refuse; then it is asked again.
  }
}

function clear(store: () => Storage, but: readonly string[] = []): void {
  try {
    const mine = Object.keys(store()).filter((key) => key.startsWith('vaidya.') && !but.includes(key));
    mine.forEach((key) => store().removeItem(key));
  } catch {
    // Nothing was kept then.
  }
}

const tab = (): Storage => sessionStorage;
const device = (): Storage => localStorage;

export interface InCall {
  mic: boolean;
  cam: boolean;
}

export const kept = {
  device: (kind: DeviceKind): string | null => read(device, `vaidya.${kind}`),
  setDevice: (kind: DeviceKind, id: string): void => write(device, `vaidya.${kind}`, id),
  language: (): string | null => read(device, 'vaidya.language'),
  setLanguage: (tag: string): void => write(device, 'vaidya.language', tag),
  /** This tab was in the call of this visit, with microphone and camera like so. */
  inCall: (visit: string): InCall | null => {
    const word = read(tab, `vaidya.call.${visit}`);
    return word === null ? null : { mic: word.includes('m'), cam: word.includes('c') };
  },
  setInCall: (visit: string, state: InCall | null): void =>
    write(tab, `vaidya.call.${visit}`, state === null ? null : `${state.mic ? 'm' : ''}${state.cam ? 'c' : ''}-`),
  draft: (visit: string): string => read(tab, `vaidya.draft.${visit}`) ?? '',
  setDraft: (visit: string, text: string): void => write(tab, `vaidya.draft.${visit}`, text === '' ? null : text),
  /** Up to which message of a visit's chat this tab has shown. */
  read: (visit: string): number => Number(read(tab, `vaidya.read.${visit}`)) || 0,
  setRead: (visit: string, seq: number): void => write(tab, `vaidya.read.${visit}`, String(seq)),
  /** The public keys a guest had in this tab, with one more. */
  addGuestKey: (visit: string, key: string): string[] => {
    const name = `vaidya.guest.${visit}`;
    const all = [...new Set([...(read(tab, name)?.split(' ') ?? []), key])];
    write(tab, name, all.join(' '));
    return all;
  },
  /** Whether the people of these two keys found their safety phrase the same, on this device. */
  pair: (keys: string): boolean => read(device, `vaidya.pair.${keys}`) !== null,
  setPair: (keys: string): void => write(device, `vaidya.pair.${keys}`, 'same'),
  /** When somebody last touched a page of ours on this device, ms since 1970; 0 when nobody did. */
  input: (): number => Number(read(device, 'vaidya.input')) || 0,
  setInput: (at: number): void => write(device, 'vaidya.input', String(at)),
  /** The pages are locked: one that is loaded now is too, even if the server has not heard. */
  locked: (): boolean => read(device, 'vaidya.locked') !== null,
  setLocked: (locked: boolean): void => write(device, 'vaidya.locked', locked ? 'yes' : null),
  /** Somebody signed out while the server could not be reached. */
  leaving: (): boolean => read(device, 'vaidya.leaving') !== null,
  setLeaving: (leaving: boolean): void => write(device, 'vaidya.leaving', leaving ? 'yes' : null),
  /** The answers given so far on the way to an account, in this tab. */
  registering: (): string | null => read(tab, 'vaidya.register'),
  setRegistering: (answers: string | null): void => write(tab, 'vaidya.register', answers),
  /** What belongs to the person who leaves; the language and what is still to be done stay. */
  clear: (): void => {
    clear(tab);
    clear(device, ['vaidya.language', 'vaidya.leaving']);
  },
};
