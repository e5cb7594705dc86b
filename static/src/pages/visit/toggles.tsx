/** The two switches that are the same before and in the call: microphone and camera. */
import { Mic, MicOff, Video, VideoOff } from 'lucide';

import { t } from '../../i18n.ts';
import type { Local } from '../../local.ts';
import { Control } from '../../ui/button.tsx';
import { announce } from '../../ui/toast.tsx';

export function Toggles({ local }: { local: Local }) {
  const mic = local.microphone.value.on;
  const cam = local.camera.value.on;
  const flip = async (kind: 'microphone' | 'camera', on: boolean): Promise<void> => {
    await local.set(kind, on);
    announce(t(`${kind}-is-${local.source(kind).value.on ? 'on' : 'off'}`));
  };
  return (
    <>
      <Control
        icon={mic ? Mic : MicOff}
        kind={mic ? '' : 'off'}
        label={mic ? t('microphone-turn-off') : t('microphone-turn-on')}
        onClick={() => void flip('microphone', !mic)}
      />
      <Control
        icon={cam ? Video : VideoOff}
        kind={cam ? '' : 'off'}
        label={cam ? t('camera-turn-off') : t('camera-turn-on')}
        onClick={() => void flip('camera', !cam)}
      />
    </>
  );
}
