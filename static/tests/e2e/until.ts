/** Waiting for something that becomes true, when nothing announces it. */

/** Between two looks, in ms. */
const LOOK = 50;

/** Waits until `look` says yes; an error names what was waited for. */
export async function until(what: string, limit: number, look: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + limit;
  while (!(await look())) {
    if (performance.now() > deadline) throw new Error(`waited ${limit} ms in vain until ${what}`);
    await new Promise((again) => setTimeout(again, LOOK));
  }
}
