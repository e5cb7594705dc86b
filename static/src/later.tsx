/** Parts of a page that come after it, so that the page itself is soon there. */
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** A part that is fetched when the page with it is shown. Nothing stands in its place before, or when it can't be fetched. */
export function later<P extends object>(fetchPart: () => Promise<ComponentType<P>>): ComponentType<P> {
  let part: ComponentType<P> | null = null;
  return function Later(props: P) {
    const [, come] = useState(part !== null);
    useEffect(() => {
      if (part !== null) return;
      fetchPart().then((found) => {
        part = found;
        come(true);
      }, () => undefined);
    }, []);
    const Part = part;
    return Part === null ? null : <Part {...props} />;
  };
}
