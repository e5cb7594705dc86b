/** Looking at pages as they stand: light and dark, on a phone and on a desk; axe finds nothing, nothing runs over the edge, a picture is kept in `shots/`. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';

import type { AxeResults } from 'axe-core';

import type { ChromiumTab } from './chromium.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SHOTS = join(import.meta.dirname, 'shots');
const SIZES = [
  { width: 360, height: 740 },
  { width: 1280, height: 800 },
];
const SCHEMES = ['light', 'dark'] as const;

/** Looks at a page as it stands, in every size and scheme. */
export type Inspect = (page: ChromiumTab, name: string) => Promise<void>;

/** A test that looks at all of its pages before it fails. */
export function look(what: string, tour: (inspect: Inspect) => Promise<void>): void {
  test(what, async () => {
    mkdirSync(SHOTS, { recursive: true });
    const found: string[] = [];
    await tour(async (page, name) => {
      found.push(...(await inspect(page, name)));
    });
    assert.deepEqual(found, []);
  });
}

async function inspect(page: ChromiumTab, name: string): Promise<string[]> {
  const found: string[] = [];
  for (const size of SIZES) {
    await page.page.setViewportSize(size);
    for (const scheme of SCHEMES) {
      await page.page.emulateMedia({ colorScheme: scheme });
      const where = `${name} ${size.width} ${scheme}`;
      await page.page.screenshot({ path: join(SHOTS, `${where.replaceAll(' ', '-')}.png`) });
      found.push(...(await violations(page)).map((violation) => `${where}: ${violation}`));
      const over = await page.run(() => document.documentElement.scrollWidth - window.innerWidth, undefined);
      if (over > 0) found.push(`${where}: runs ${over} px over the edge`);
    }
  }
  return found;
}

async function violations(page: ChromiumTab): Promise<string[]> {
  if (!(await page.run(() => 'axe' in window, undefined))) await page.page.evaluate(AXE);
  const results = await page.run(async () => {
    const { axe } = window as unknown as { axe: { run: (where: Document, what: object) => Promise<AxeResults> } };
    return axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
  }, undefined);
  return results.violations.map((violation) => `${violation.id} at ${violation.nodes.map((node) => node.target.join(' ')).join(', ')}`);
}
