/** Short words that appear and go: shown at the foot of the page and spoken by screen readers. */
import { signal } from '@preact/signals';

/** How long a toast stays, in ms. Long enough to be read twice. */
const SHOWN_MS = 5_000;

const shown = signal<{ id: number; text: string }[]>([]);
const spoken = signal('');
let count = 0;

/** Shows and speaks a sentence. */
export function toast(text: string): void {
  count += 1;
  const id = count;
  shown.value = [...shown.value.filter((one) => one.text !== text), { id, text }].slice(-2);
  announce(text);
  setTimeout(() => {
    shown.value = shown.value.filter((one) => one.id !== id);
  }, SHOWN_MS);
}

/** What was said of a page that is gone. */
export function clearToasts(): void {
  shown.value = [];
}

/** Only speaks it: the page shows the change in its own way. */
export function announce(text: string): void {
  spoken.value = spoken.value === text ? `${text}\u00a0` : text;
}

export function Toasts() {
  return (
    <>
      <div class="unseen" role="status" aria-live="polite">{spoken.value}</div>
      <div class="toasts" aria-hidden="true">
        {shown.value.map((one) => <p key={one.id} class="toast">{one.text}</p>)}
      </div>
    </>
  );
}
