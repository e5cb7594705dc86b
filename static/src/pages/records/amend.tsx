/** Changing a record: what it says now, to be said better. The earlier version stays readable. */
import './records.css';

import { useEffect, useState } from 'preact/hooks';

import { t } from '../../i18n.ts';
import { keys } from '../../keys.ts';
import type { Content } from '../../records/content.ts';
import { type OpenedRecord, openIt } from '../../records/open.ts';
import { recordServer, type RecordView, type SealedVersion } from '../../records/server.ts';
import { go } from '../../router.ts';
import { useTask } from '../../task.ts';
import { Button } from '../../ui/button.tsx';
import { Page } from '../../ui/page.tsx';
import { Notice, Skeleton } from '../../ui/parts.tsx';
import { AddFile } from './add.tsx';
import { Sending } from './sending.tsx';
import { sheetOf, Write } from './write.tsx';

export function AmendPage({ record }: { record: string }) {
  const [opened, setOpened] = useState<OpenedRecord<SealedVersion> | null>(null);
  const task = useTask();
  const kind = keys.state.value.kind;
  const open = (): void => task.run(async () => setOpened(await openIt(record, await keys.identity(), (one) => recordServer.get(one))));
  useEffect(() => {
    if (kind !== 'making' && opened?.kind !== 'open') open();
  }, [record, kind]);
  return (
    <Page heading={t('record-amend')}>
      <p>{t('amend-why')}</p>
      {task.error !== null && <Notice meaning="stop" alert><p>{task.error}</p><Button onClick={open}>{t('try-again')}</Button></Notice>}
      {opened === null && task.error === null && <Skeleton rows={4} />}
      {opened !== null && (opened.kind === 'open'
        ? <Change content={opened.content} record={opened.got.record} />
        : <Notice meaning="stop" alert><p>{t(`record-${opened.kind.replace('_', '-')}`)}</p></Notice>)}
      <div><a class="button" href={`/records/${record}`}>{t('amend-not')}</a></div>
    </Page>
  );
}

function Change({ content, record }: { content: Content; record: RecordView }) {
  const { id: rec, ver, department, visit, patient_id: patient } = record;
  switch (content.kind) {
    case 'transcript': return null;
    case 'note':
    case 'letter':
    case 'lab': return <Write kind={content.kind} form={`amend/${rec}/${ver}`} start={sheetOf(content)} of={{ amends: { record: rec, ver }, patient, visit, department }} />;
    case 'document':
    case 'image':
      return (
        <>
          <AddFile patient={patient} amends={{ rec, ver, kind: content.kind, title: content.title, department, visit }} />
          <Sending patient={patient} done={() => go(`/records/${rec}`)} />
        </>
      );
  }
}
