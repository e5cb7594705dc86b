/** Saves the page that checks proofs without the clinic. */
import { FileCheck } from 'lucide';

import { t } from '../../i18n.ts';
import type { About } from '../../ledger/about.ts';
import { checkerFile } from '../../ledger/checker.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/parts.tsx';

export function SaveChecker({ about }: { about: About }) {
  const task = useTask();
  const save = (): void => task.run(async () => {
    const url = URL.createObjectURL(new Blob([await checkerFile(about)], { type: 'text/html' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = 'vaidya-check.html';
    link.click();
    URL.revokeObjectURL(url);
  });
  return (
    <>
      <Button icon={FileCheck} busy={task.busy} onClick={save}>{t('prove-save-checker')}</Button>
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
    </>
  );
}
