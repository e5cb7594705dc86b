/** A moving bar that shows that the microphone hears something. */
import { useEffect, useRef } from 'preact/hooks';

import { t } from '../../i18n.ts';

/** How often the bar moves, in ms. Also fine where motion is reduced: it is information. */
const EVERY_MS = 100;

export function Level({ track }: { track: MediaStreamTrack }) {
  const bar = useRef<HTMLMeterElement>(null);
  useEffect(() => {
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 1024;
    context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, one) => sum + one * one, 0) / samples.length;
      if (bar.current !== null) bar.current.value = Math.min(1, Math.sqrt(power) * 4);
    }, EVERY_MS);
    return () => {
      clearInterval(timer);
      void context.close();
    };
  }, [track]);
  return (
    <div class="level">
      <span>{t('microphone-level')}</span>
      <meter ref={bar} min={0} max={1} value={0} aria-label={t('microphone-level')} />
    </div>
  );
}
