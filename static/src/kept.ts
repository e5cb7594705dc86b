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
  /** What belongs to the person who leaves. */
  clearTab: (): void => {
    try {
      Object.keys(sessionStorage).filter((key) => key.startsWith('vaidya.')).forEach((key) => sessionStorage.removeItem(key));
    } catch {
      // Nothing was kept then.
    }
  },
};
