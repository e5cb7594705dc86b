/** Debian's Firefox over WebDriver BiDi, with made-up camera and microphone. */
import { existsSync } from 'node:fs';

import puppeteer, { type Browser, type ElementHandle, type Page } from 'puppeteer-core';

import { install } from './probe.ts';
import { Complaints, PATIENCE, type Pressable, type Tab, trying } from './tab.ts';

const PROGRAMS = ['/usr/bin/firefox-esr', '/usr/bin/firefox'];

const PREFERENCES = {
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  'media.autoplay.default': 0,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
};

export async function launchFirefox(): Promise<Browser> {
  const program = process.env['FIREFOX'] ?? PROGRAMS.find((path) => existsSync(path));
  if (!program) throw new Error('no Firefox here: scripts/need.sh firefox');
  return puppeteer.launch({ browser: 'firefox', executablePath: program, headless: true, extraPrefsFirefox: PREFERENCES });
}

export class FirefoxTab implements Tab {
  readonly complaints = new Complaints();

  private constructor(
    private readonly house: string,
    private readonly page: Page,
  ) {
    page.setDefaultTimeout(PATIENCE);
    page.on('pageerror', (error) => this.complaints.hear(`thrown: ${error instanceof Error ? error.stack : String(error)}`));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.hear(`${message.text()} ${message.location().url ?? ''}`);
    });
  }

  static async open(browser: Browser, house: string): Promise<FirefoxTab> {
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    await page.setViewport({ width: 1280, height: 800 });
    await page.evaluateOnNewDocument('globalThis.__name = (named) => named;');
    await page.evaluateOnNewDocument(install);
    return new FirefoxTab(house, page);
  }

  async open(path: string): Promise<void> {
    await this.page.goto(new URL(path, this.house).href);
  }

  async reload(): Promise<void> {
    await this.page.reload();
  }

  path(): string {
    return new URL(this.page.url()).pathname;
  }

  async press(name: string, role: Pressable = 'button'): Promise<void> {
    await trying(this, `press ${name}`, this.page.locator(named(name, role)).click());
  }

  async awaits(name: string, role: Pressable = 'button', limit = PATIENCE): Promise<void> {
    await trying(this, `see ${role} ${name}`, this.page.locator(named(name, role)).setTimeout(limit).wait());
  }

  async fill(label: string, text: string): Promise<void> {
    await (await this.field(label)).asLocator().fill(text);
  }

  async holds(label: string): Promise<string> {
    return (await this.field(label)).evaluate((field) => field.value);
  }

  async reads(text: string, limit = PATIENCE): Promise<void> {
    await trying(this, `read ${text}`, this.page.waitForFunction(visible, { timeout: limit, polling: 100 }, text));
  }

  async readsNoMore(text: string, limit = PATIENCE): Promise<void> {
    const gone = (old: string) => !document.body.innerText.includes(old);
    await trying(this, `read no more ${text}`, this.page.waitForFunction(gone, { timeout: limit, polling: 100 }, text));
  }

  async offers(name: string, role: Pressable = 'button'): Promise<boolean> {
    const found = await this.page.$(named(name, role));
    return (await found?.isVisible()) ?? false;
  }

  async run<Result, Argument>(task: (argument: Argument) => Result, argument: Argument): Promise<Awaited<Result>> {
    return (await this.page.evaluate(task as (given: unknown) => Result, argument)) as Awaited<Result>;
  }

  async photograph(file: string): Promise<void> {
    await this.page.screenshot({ path: file as `${string}.png` });
  }

  async close(): Promise<void> {
    await this.page.browserContext().close();
  }

  /** A password field has no role, so fields are found by their label alone. */
  private async field(label: string): Promise<ElementHandle<HTMLInputElement>> {
    const found = await this.page.waitForFunction(labelled, { polling: 100 }, label);
    return found.asElement() as ElementHandle<HTMLInputElement>;
  }
}

function named(name: string, role: Pressable): string {
  return `::-p-aria(${name}[role="${role}"])`;
}

function visible(text: string): boolean {
  return document.body.innerText.includes(text);
}

function labelled(label: string): Element | undefined {
  const fields = [...document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('input, textarea')];
  return fields.find((field) => field.ariaLabel === label || [...(field.labels ?? [])].some((one) => one.innerText.trim() === label));
}
