/** Browsers inside other apps, which often have no camera: which this is, and where the page should be opened instead. */

/** Words by which apps that show pages themselves give themselves away; Android's own WebView says `; wv)`. */
const APPS = /\bFBA[NV]\b|Instagram|WhatsApp|\bLine\/|MicroMessenger|Snapchat|Twitter|LinkedInApp|Telegram|; wv\)|\bGSA\//;

/** Whether this is a browser inside another app. */
export function isInApp(agent: string): boolean {
  // On iPhones every real browser says Safari; what shows a page inside an app doesn't.
  const bare = /iPhone|iPad/.test(agent) && /AppleWebKit/.test(agent) && !/Safari\//.test(agent);
  return bare || APPS.test(agent);
}

/** The browser that every device of this kind has. */
export function betterBrowser(agent: string): 'safari' | 'chrome' {
  return /iPhone|iPad|Macintosh/.test(agent) ? 'safari' : 'chrome';
}

/** What to do with this browser: `elsewhere` has no camera at all, `better` is inside an app and may misbehave. */
export function advice(agent: string, camera: boolean): 'elsewhere' | 'better' | null {
  if (!camera) return 'elsewhere';
  return isInApp(agent) ? 'better' : null;
}
