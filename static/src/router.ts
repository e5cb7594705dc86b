/** Where we are: the path as a signal, links that don't reload, and the pages' addresses. */
import { signal } from '@preact/signals';

/** Where we are. What stands behind `#/` is a page too, of which the server never hears: links from device to device. */
function here(): string {
  return location.hash.startsWith('#/') ? location.hash.slice(1) : location.pathname;
}

export const path = signal(here());

/** Goes to a page of ours. */
export function go(to: string, replace = false): void {
  if (to === here()) return;
  if (replace) history.replaceState(null, '', to);
  else history.pushState(null, '', to);
  path.value = to;
}

export const visitPath = (visit: string): string => `/visit/${visit}`;

window.addEventListener('popstate', () => {
  path.value = here();
});

document.addEventListener('click', (event) => {
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.defaultPrevented;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (!plain || link === null || link.origin !== location.origin || link.target !== '' || link.hash !== '' || link.hasAttribute('download')) return;
  event.preventDefault();
  go(link.pathname);
});
