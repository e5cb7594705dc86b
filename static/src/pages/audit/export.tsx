/** The entries that a filter shows, all of them, as a file for a spreadsheet. */
import { Download } from 'lucide';

import { audit, type Filter } from '../../audit.ts';
import { t } from '../../i18n.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/parts.tsx';

export function Export({ filter }: { filter: Filter }) {
  const task = useTask();
  const save = (): void =>
    task.run(async () => {
      const file = URL.createObjectURL(new Blob([await audit.csv(filter)], { type: 'text/csv' }));
      const link = document.createElement('a');
      link.href = file;
      link.download = 'audit.csv';
      link.click();
      URL.revokeObjectURL(file);
    });
  return (
    <div class="stack">
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p></Notice>}
      <div><Button icon={Download} busy={task.busy} onClick={save}>{t('audit-export')}</Button></div>
      <p class="hint">{t('audit-export-hint')}</p>
    </div>
  );
}
