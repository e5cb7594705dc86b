/** Which camera and microphone, and what to do when there is none. */
import { useEffect, useState } from 'preact/hooks';

import { type Choice, choices, type DeviceKind, family } from '../../devices.ts';
import { t } from '../../i18n.ts';
import type { Local } from '../../local.ts';
import { Button } from '../../ui/button.tsx';
import { Choose } from '../../ui/field.tsx';
import { Notice } from '../../ui/parts.tsx';

/** The choice of devices; nothing while the browser doesn't name any. */
export function DeviceForm({ local }: { local: Local }) {
  return (
    <div class="stack">
      <Chooser local={local} kind="camera" />
      <Chooser local={local} kind="microphone" />
    </div>
  );
}

function Chooser({ local, kind }: { local: Local; kind: DeviceKind }) {
  const [all, setAll] = useState<Choice[]>([]);
  const { track } = local.source(kind).value;
  useEffect(() => {
    const look = (): void => void choices(kind).then(setAll);
    look();
    navigator.mediaDevices?.addEventListener('devicechange', look);
    return () => navigator.mediaDevices?.removeEventListener('devicechange', look);
  }, [kind, track]);
  if (all.length === 0) return null;
  return (
    <Choose
      label={t(kind)}
      value={track?.getSettings().deviceId ?? all[0]?.id ?? ''}
      options={all.map((one) => ({ value: one.id, label: one.label }))}
      onChange={(id) => void local.choose(kind, id)}
    />
  );
}

/** What is wrong with a device, in a sentence, and what to do about it. */
export function DeviceTrouble({ local, kind, before }: { local: Local; kind: DeviceKind; before?: boolean }) {
  const { problem } = local.source(kind).value;
  if (problem === null) return null;
  return (
    <Notice meaning="wait" alert>
      <p>{t(`${kind}-${problem}`)}</p>
      {problem === 'denied' && <p>{t(`allow-${family(navigator.userAgent)}`)}</p>}
      <div class="actions">
        {problem !== 'insecure' && <Button onClick={() => void local.set(kind, true)}>{t(`${kind}-again`)}</Button>}
        {before === true && kind === 'camera' && <Button onClick={() => void local.set(kind, false)}>{t('without-camera')}</Button>}
      </div>
    </Notice>
  );
}
