/** One page in a browser, as a person uses it: the few verbs that Chromium and Firefox have in common. */

/** What can be pressed, by its role for screen readers. */
export type Pressable = 'button' | 'link' | 'checkbox' | 'radio' | 'switch' | 'heading';

export interface Tab {
  /** Goes to a path of the house. */
  open(path: string): Promise<void>;
  reload(): Promise<void>;
  /** Where the page is: path only. */
  path(): string;
  /** Presses what has this role and this name, waiting until it is there and can be pressed. */
  press(name: string, role?: Pressable): Promise<void>;
  /** Waits until what has this role and this name is there. */
  awaits(name: string, role?: Pressable, limit?: number): Promise<void>;
  /** Types into the field with this label, in place of what it had. */
  fill(label: string, text: string): Promise<void>;
  /** What the field with this label holds, once it is there. */
  holds(label: string): Promise<string>;
  /** Waits until this can be read on the page. */
  reads(text: string, limit?: number): Promise<void>;
  /** Waits until this cannot be read any more. */
  readsNoMore(text: string, limit?: number): Promise<void>;
  /** Whether something with this role and name can be seen now. */
  offers(name: string, role?: Pressable): Promise<boolean>;
  /** Runs a function in the page. */
  run<Result, Argument>(task: (argument: Argument) => Result, argument: Argument): Promise<Awaited<Result>>;
  photograph(file: string): Promise<void>;
  /** What the page complained of. */
  readonly complaints: Complaints;
  close(): Promise<void>;
}

/** Longest a page may take to show what an action leads to, in ms. */
export const PATIENCE = 20_000;

/** Errors a page wrote to its console or threw, less those that belong to what a test does to it. */
export class Complaints {
  private readonly heard: string[] = [];
  private readonly expected: RegExp[] = [
    /status of 401.*\/api\/v1\/me$/, // how the app asks whether somebody is signed in
    /status of 40[49].*\/(key|credential)-proof$/, // what the log can't say yet, or not to us
  ];

  hear(complaint: string): void {
    this.heard.push(complaint);
  }

  expect(pattern: RegExp): void {
    this.expected.push(pattern);
  }

  /** Those nobody expected. */
  get unexpected(): string[] {
    return this.heard.filter((complaint) => !this.expected.some((pattern) => pattern.test(complaint)));
  }
}

/** Tries something on a page; when it fails, the error says where the page was and what could be read there. */
export async function trying(tab: Tab, what: string, action: Promise<unknown>): Promise<void> {
  try {
    await action;
  } catch (cause) {
    const text = await tab.run(() => document.body.innerText, undefined).catch(() => 'a page that does not answer');
    throw new Error(`in vain: ${what}; ${tab.path()} read:\n${text.slice(0, 1500)}`, { cause });
  }
}
