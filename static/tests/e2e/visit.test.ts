/** The whole visit between two Chromium pages, in a house on SQLite and in one on PostgreSQL. */
import { after, before, test } from 'node:test';

import type { Browser } from 'playwright-core';

import { ChromiumTab, launchChromium } from './chromium.ts';
import { House } from './house.ts';
import { wholeVisit } from './story.ts';

let browser: Browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser.close());

for (const database of ['sqlite', 'postgres'] as const) {
  test(`a doctor and a patient have their visit on ${database}`, async (t) => {
    const house = await House.open({ database });
    t.after(() => house.close());
    const doctor = await ChromiumTab.open(browser, house.url);
    const patient = await ChromiumTab.open(browser, house.url, { width: 360 });
    await wholeVisit(t, house, doctor, patient);
  });
}
