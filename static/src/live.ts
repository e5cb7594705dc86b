/** The page's one socket, shared by every page that wants to hear: signals for its state, listeners for its words. */
import { signal } from '@preact/signals';

import { type Line, Socket, type SocketState } from './socket.ts';
import type { ClientMessage, ServerMessage } from './wire.ts';

export const line = signal<SocketState>('idle');

/** The browser says that there is no network at all. */
export const offline = signal(!navigator.onLine);

/** Server's clock minus ours, ms. */
export const clockOffset = signal(0);

type Listener = (message: ServerMessage) => void;
const listeners = new Set<Listener>();
let requests = 0;
let checkSession: () => void = () => undefined;

function url(): string {
  const { protocol, host } = window.location;
  return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/ws`;
}

const socket = new Socket({
  dial: () => new WebSocket(url()) as unknown as Line,
  now: () => performance.now(),
  random: Math.random,
  later: (run, ms) => window.setTimeout(run, ms),
  cancel: (timer) => window.clearTimeout(timer),
  onState: (state) => {
    line.value = state;
  },
  onMessage: (message) => {
    if (message.t === 'welcome') clockOffset.value = message.now - Date.now();
    [...listeners].forEach((listener) => listener(message));
  },
  onRefusedTwice: () => checkSession(),
});

window.addEventListener('online', () => {
  offline.value = false;
  socket.nudge();
});
window.addEventListener('offline', () => {
  offline.value = true;
  socket.nudge();
});
document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && socket.nudge());

export const live = {
  open: (): void => socket.connect(),
  close: (): void => socket.close(),
  /** The session is gone: there is nothing to come back with. */
  end: (): void => {
    socket.close();
    line.value = 'signed_out';
  },
  send: (message: ClientMessage): boolean => socket.send(message),
  /** A number for a request that wants an answer. */
  re: (): number => (requests += 1),
  hear: (listener: Listener): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  /** Called when the server twice didn't even open the line: is the session still good? */
  whenRefused: (check: () => void): void => {
    checkSession = check;
  },
};
