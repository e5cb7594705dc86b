/** Texts that only some pages need: fetched with those pages, so that the first page stays small. */
import { locale, speakMore } from './i18n.ts';

type Part = 'records' | 'consent' | 'rights' | 'audit' | 'family' | 'ledger';

const PARTS: Record<string, Record<Part, () => Promise<{ default: string }>>> = {
  en: { records: () => import('./i18n/en-records.ftl?raw'), consent: () => import('./i18n/en-consent.ftl?raw'), rights: () => import('./i18n/en-rights.ftl?raw'), audit: () => import('./i18n/en-audit.ftl?raw'), family: () => import('./i18n/en-family.ftl?raw'), ledger: () => import('./i18n/en-ledger.ftl?raw') },
};

/** Resolves when the texts of a part are there, in the language in use. */
export async function withTexts<T>(part: Part, page: Promise<T>): Promise<T> {
  const [found, texts] = await Promise.all([page, PARTS[locale.peek()]?.[part]()]);
  if (texts !== undefined) speakMore(texts.default);
  return found;
}
