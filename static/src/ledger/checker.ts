/** The checker as a file to keep, with the keys to check with inside. */
import { Problem } from '../api.ts';
import { t } from '../i18n.ts';
import type { About } from './about.ts';

const PAGE = '/check.html';
const EMPTY = '<script type="application/json" id="about">null</script>';

/** The file with these keys in it; null when the file is not what it should be. */
export function filled(page: string, about: About): string | null {
  if (!page.includes(EMPTY)) return null;
  // Inside a script element nothing ends it but a tag.
  const json = JSON.stringify(about).replaceAll('<', '\\u003c');
  return page.replace(EMPTY, () => EMPTY.replace('null', () => json));
}

/** Fetches it. Throws a {@link Problem}. */
export async function checkerFile(about: About): Promise<string> {
  const answer = await fetch(PAGE, { credentials: 'same-origin' }).catch(() => {
    throw new Problem('unreachable', 0, t('problem-unreachable'));
  });
  const file = answer.ok ? filled(await answer.text(), about) : null;
  if (file === null) throw new Problem('unreadable', answer.status, t('problem-unreadable'));
  return file;
}
