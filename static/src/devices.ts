/** Cameras and microphones: getting one, and a name for every way in which that fails. */

/** Why there is no picture or sound from here. */
export type DeviceProblem = 'none' | 'denied' | 'busy' | 'insecure' | 'stopped' | 'unknown';
export type DeviceKind = 'camera' | 'microphone';

export type Acquired = { track: MediaStreamTrack } | { problem: DeviceProblem };

/** The browsers whose permission pages differ. */
export type BrowserFamily = 'chrome' | 'firefox' | 'safari' | 'ios' | 'android' | 'other';

/** What an error of `getUserMedia` means (W3C Media Capture and Streams §10.2; browsers' own names included). */
export function problemOf(name: string): DeviceProblem {
  switch (name) {
    case 'NotFoundError':
    case 'DevicesNotFoundError':
    case 'OverconstrainedError':
      return 'none';
    case 'NotAllowedError':
    case 'PermissionDeniedError':
      return 'denied';
    case 'NotReadableError':
    case 'TrackStartError':
    case 'AbortError':
      return 'busy';
    case 'SecurityError':
    case 'TypeError':
      return 'insecure';
    default:
      return 'unknown';
  }
}

export function family(agent: string): BrowserFamily {
  if (/iPhone|iPad/.test(agent)) return 'ios';
  if (/Firefox/.test(agent)) return 'firefox';
  if (/Android/.test(agent)) return 'android';
  if (/Chrome|Edg/.test(agent)) return 'chrome';
  return /Safari/.test(agent) ? 'safari' : 'other';
}

const MICROPHONE: MediaTrackConstraints = {
  echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: { ideal: 1 },
};
const CAMERA: MediaTrackConstraints = {
  width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 24, max: 30 },
};

function constraints(kind: DeviceKind, device: string | null): MediaStreamConstraints {
  const base = kind === 'camera' ? CAMERA : MICROPHONE;
  const wish = device === null ? { ...base, ...(kind === 'camera' ? { facingMode: { ideal: 'user' } } : {}) } : { ...base, deviceId: { exact: device } };
  return kind === 'camera' ? { video: wish } : { audio: wish };
}

/** Asks for one device; `device` null takes the browser's choice. A chosen one that is gone falls back to that choice. */
export async function acquire(kind: DeviceKind, device: string | null): Promise<Acquired> {
  if (!globalThis.isSecureContext || navigator.mediaDevices === undefined) return { problem: 'insecure' };
  try {
    const stream = await navigator.mediaDevices.getUserMedia(constraints(kind, device));
    const [track] = stream.getTracks();
    return track === undefined ? { problem: 'none' } : { track };
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (device !== null && (name === 'OverconstrainedError' || name === 'NotFoundError')) return acquire(kind, null);
    return { problem: problemOf(name) };
  }
}

/** Both at once, so that the browser asks one question; each by itself when that fails. */
export async function acquireBoth(camera: string | null, microphone: string | null): Promise<{ camera: Acquired; microphone: Acquired }> {
  if (globalThis.isSecureContext && navigator.mediaDevices !== undefined) {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ ...constraints('camera', camera), ...constraints('microphone', microphone) });
      const [video] = stream.getVideoTracks();
      const [audio] = stream.getAudioTracks();
      return {
        camera: video === undefined ? { problem: 'none' } : { track: video },
        microphone: audio === undefined ? { problem: 'none' } : { track: audio },
      };
    } catch {
      // One of the two failed: ask for each, to name the one.
    }
  }
  return { microphone: await acquire('microphone', microphone), camera: await acquire('camera', camera) };
}

/** Whether the browser would give this device without asking. */
export async function alreadyAllowed(kind: DeviceKind): Promise<boolean> {
  try {
    const status = await navigator.permissions.query({ name: kind as PermissionName });
    return status.state === 'granted';
  } catch {
    return false;
  }
}

export interface Choice {
  id: string;
  label: string;
}

/** The devices of a kind that the browser lets us name. */
export async function choices(kind: DeviceKind): Promise<Choice[]> {
  const wantedKind = kind === 'camera' ? 'videoinput' : 'audioinput';
  const all = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
  return all
    .filter((one) => one.kind === wantedKind && one.deviceId !== '' && one.label !== '')
    .map((one) => ({ id: one.deviceId, label: one.label }));
}
