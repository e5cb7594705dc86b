/** What the tabs of one browser tell each other: that somebody is there, that the pages are locked or open, that the person left. */

export type Told = 'input' | 'locked' | 'unlocked' | 'left';
const TOLD = new Set<unknown>(['input', 'locked', 'unlocked', 'left'] satisfies Told[]);

const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel('vaidya') : null;

/** Tells the other tabs. */
export function tell(what: Told): void {
  channel?.postMessage(what);
}

/** Hears what other tabs tell. */
export function hearTabs(listener: (what: Told) => void): void {
  channel?.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (TOLD.has(data)) listener(data as Told);
  });
}
