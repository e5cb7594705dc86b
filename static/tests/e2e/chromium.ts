/** Debian's Chromium with a camera that shows a moving pie and a microphone that beeps. */
import { existsSync } from 'node:fs';

import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

import { install } from './probe.ts';
import { Complaints, PATIENCE, type Pressable, type Tab, trying } from './tab.ts';

const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const ALWAYS = [
  '--no-sandbox', // as root there is no other way
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--allow-loopback-in-peer-connection',
];

const DEVICES = ['--use-fake-device-for-media-stream=fps=30'];

/** What the machine has to see and hear with. */
export type Devices = 'camera and microphone' | 'none';

/** What the person at the browser answers when a page asks for camera or microphone. */
export type Answer = 'allow' | 'deny';

export async function launchChromium(devices: Devices = 'camera and microphone'): Promise<Browser> {
  const program = process.env['CHROMIUM'] ?? PROGRAMS.find((path) => existsSync(path));
  if (!program) throw new Error('no Chromium here: scripts/need.sh chromium');
  const args = devices === 'none' ? ALWAYS : [...ALWAYS, ...DEVICES];
  return chromium.launch({ executablePath: program, headless: true, args });
}

export interface Setting {
  width?: number;
  answer?: Answer;
  /** Another tab of the same person: the context they have. */
  beside?: ChromiumTab;
  dark?: boolean;
}

export class ChromiumTab implements Tab {
  readonly complaints = new Complaints();

  private constructor(
    private readonly house: string,
    readonly context: BrowserContext,
    readonly page: Page,
  ) {
    page.setDefaultTimeout(PATIENCE);
    page.on('pageerror', (error) => this.complaints.hear(`thrown: ${error.name} ${error.stack ?? error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.hear(`${message.text()} ${message.location().url}`);
    });
  }

  static async open(browser: Browser, house: string, setting: Setting = {}): Promise<ChromiumTab> {
    const context = setting.beside?.context ?? (await newContext(browser, house, setting));
    return new ChromiumTab(house, context, await context.newPage());
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
    await trying(this, `press ${name}`, this.page.getByRole(role, { name, exact: true }).click());
  }

  async awaits(name: string, role: Pressable = 'button', limit = PATIENCE): Promise<void> {
    await trying(this, `see ${role} ${name}`, this.page.getByRole(role, { name, exact: true }).first().waitFor({ timeout: limit }));
  }

  async fill(label: string, text: string): Promise<void> {
    await trying(this, `fill ${label}`, this.page.getByLabel(label, { exact: true }).fill(text));
  }

  async holds(label: string): Promise<string> {
    return this.page.getByLabel(label, { exact: true }).inputValue();
  }

  async reads(text: string, limit = PATIENCE): Promise<void> {
    await trying(this, `read ${text}`, this.page.getByText(text).first().waitFor({ timeout: limit }));
  }

  async readsNoMore(text: string, limit = PATIENCE): Promise<void> {
    await trying(this, `read no more ${text}`, this.page.getByText(text).first().waitFor({ state: 'hidden', timeout: limit }));
  }

  async offers(name: string, role: Pressable = 'button'): Promise<boolean> {
    return this.page.getByRole(role, { name, exact: true }).first().isVisible();
  }

  async run<Result, Argument>(task: (argument: Argument) => Result, argument: Argument): Promise<Awaited<Result>> {
    return (await this.page.evaluate(task as (given: unknown) => Result, argument)) as Awaited<Result>;
  }

  async photograph(file: string): Promise<void> {
    await this.page.screenshot({ path: file });
  }

  async close(): Promise<void> {
    await this.page.close();
    if (this.context.pages().length === 0) await this.context.close();
  }
}

async function newContext(browser: Browser, house: string, setting: Setting): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: { width: setting.width ?? 1280, height: setting.width === 360 ? 740 : 800 },
    colorScheme: setting.dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
  });
  await context.addInitScript({ content: 'globalThis.__name = (named) => named;' }); // the compiler of these tests names functions with it
  await context.addInitScript(install);
  if (setting.answer === 'deny') await deny(context, house);
  else await context.grantPermissions(['camera', 'microphone'], { origin: house });
  return context;
}

/** Answers every question for camera and microphone with no, before it is asked. */
async function deny(context: BrowserContext, house: string): Promise<void> {
  const browser = context.browser();
  if (!browser) throw new Error('the context has no browser');
  const page = await context.newPage();
  const target = await context.newCDPSession(page);
  const { targetInfo } = await target.send('Target.getTargetInfo');
  const session = await browser.newBrowserCDPSession();
  for (const name of ['camera', 'microphone']) {
    await session.send('Browser.setPermission', {
      permission: { name },
      setting: 'denied',
      origin: house,
      ...(targetInfo.browserContextId ? { browserContextId: targetInfo.browserContextId } : {}),
    });
  }
  await page.close();
}
