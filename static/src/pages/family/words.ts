/** What guardians are to children, and papers, in words. */
import type { Papers, Relation } from '../../family.ts';
import { t } from '../../i18n.ts';

export function relationWord(relation: Relation): string {
  return t(`relation-${relation}`);
}

export function papersWord(papers: Papers): string {
  const paper = papers.replace('_', '-');
  return t(`papers-${paper}`);
}
