/** What nearly every file of these tests begins with: one browser, and a house of its own for the file or for each of its tests. */
import { after, afterEach, before, beforeEach } from 'node:test';

import type { Browser } from 'playwright-core';

import { ChromiumTab, launchChromium, type Setting } from './chromium.ts';
import { House, type Plan } from './house.ts';

export interface Stage {
  readonly browser: Browser;
  readonly house: House;
  /** A page of the house in a browser of its own. */
  tab(setting?: Setting): Promise<ChromiumTab>;
}

/** Opens and closes by itself; what it gives is there while a test runs. */
export function stage(houses: 'one' | 'each', plan: Plan = {}): Stage {
  let browser: Browser;
  let house: House;
  const open = async (): Promise<void> => {
    house = await House.open(plan);
  };
  before(async () => {
    browser = await launchChromium();
    if (houses === 'one') await open();
  });
  if (houses === 'each') {
    beforeEach(open);
    afterEach(() => house.close());
  }
  after(async () => {
    await browser.close();
    if (houses === 'one') await house.close();
  });
  return {
    get browser() { return browser; },
    get house() { return house; },
    tab: (setting = {}) => ChromiumTab.open(browser, house.url, setting),
  };
}
