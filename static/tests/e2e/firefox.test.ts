/** The whole visit between a doctor with Chromium and a patient with Firefox, in a network with one address (scripts/in-network.sh). */
import { after, before, test } from 'node:test';

import type { Browser as Chromium } from 'playwright-core';
import type { Browser as Firefox } from 'puppeteer-core';

import { ChromiumTab, launchChromium } from './chromium.ts';
import { FirefoxTab, launchFirefox } from './firefox.ts';
import { House } from './house.ts';
import { wholeVisit } from './story.ts';

/** The address of that network: Firefox sends nothing to loopback. */
const ADDRESS = '10.99.0.1';

let chromium: Chromium;
let firefox: Firefox;
before(async () => {
  chromium = await launchChromium();
  firefox = await launchFirefox();
});
after(async () => {
  await chromium.close();
  await firefox.close();
});

test('a doctor with Chromium and a patient with Firefox have their visit', async (t) => {
  const house = await House.open({ announce: ADDRESS });
  t.after(() => house.close());
  const doctor = await ChromiumTab.open(chromium, house.url);
  const patient = await FirefoxTab.open(firefox, house.url);
  await wholeVisit(t, house, doctor, patient);
});
