/** Pictures and sound of tracks. */
import { useEffect, useRef } from 'preact/hooks';

/** One's own camera, as in a mirror. */
export function SelfVideo({ track, label }: { track: MediaStreamTrack; label: string }) {
  const video = useRef<HTMLVideoElement>(null);
  usePlay(video, track);
  return <video ref={video} class="mirror" data-self aria-label={label} muted playsInline autoPlay />;
}

export function RemoteVideo({ track, seat, label, onFrame }: { track: MediaStreamTrack; seat: string; label: string; onFrame: () => void }) {
  const video = useRef<HTMLVideoElement>(null);
  usePlay(video, track);
  const seen = useRef(onFrame);
  seen.current = onFrame;
  useEffect(() => {
    const element = video.current;
    if (element === null) return undefined;
    let handle = 0;
    const next = (): void => {
      handle = element.requestVideoFrameCallback(() => {
        seen.current();
        next();
      });
    };
    next();
    return () => element.cancelVideoFrameCallback(handle);
  }, [track]);
  return <video ref={video} data-seat={seat} aria-label={label} muted playsInline autoPlay />;
}

export function RemoteAudio({ track, seat, onBlocked }: { track: MediaStreamTrack; seat: string; onBlocked: () => void }) {
  const audio = useRef<HTMLAudioElement>(null);
  usePlay(audio, track, onBlocked);
  return <audio ref={audio} data-seat={seat} autoPlay />;
}

function usePlay(element: { current: HTMLMediaElement | null }, track: MediaStreamTrack, onBlocked?: () => void): void {
  useEffect(() => {
    const media = element.current;
    if (media === null) return undefined;
    media.srcObject = new MediaStream([track]);
    media.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === 'NotAllowedError') onBlocked?.();
    });
    return () => {
      media.srcObject = null;
    };
  }, [track]);
}
