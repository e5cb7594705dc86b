/** Sending a file, with how far it has come: `fetch` doesn't say that yet. */
import { mayGoOn, Problem, problemOf } from './api.ts';
import { t } from './i18n.ts';
import type { Shape } from './shape.ts';

export type Progress = (share: number) => void;

/** How something is sent that is not JSON. */
export interface Parcel {
  method: 'POST' | 'PUT';
  path: string;
  body: Blob | Uint8Array<ArrayBuffer>;
  type: string;
  /** Is told a share from 0 to 1. */
  progress: Progress;
  /** Gives up at once. */
  stop?: AbortSignal;
}

/** Sends the bytes of `file` as they are. `progress` is told a share from 0 to 1. Throws a {@link Problem}. */
export async function upload<T>(path: string, file: Blob, type: string, shape: Shape<T>, progress: Progress): Promise<T> {
  const answer = await deliver({ method: 'POST', path, body: file, type, progress });
  try {
    return shape(answer, path);
  } catch {
    throw new Problem('unreadable', 200, t('problem-unreadable'));
  }
}

/** Sends it, again when a gate held it up and opened; the answer's JSON, null when there is none. Throws a {@link Problem}. */
export async function deliver(parcel: Parcel): Promise<unknown> {
  for (;;) {
    const { status, retryAfter, body } = await sent(parcel);
    if (status >= 200 && status < 300) return body;
    const problem = problemOf(status, retryAfter, body);
    if (!(await mayGoOn(parcel.path, problem))) throw problem;
  }
}

interface Answer {
  status: number;
  retryAfter: string | null;
  body: unknown;
}

function sent({ method, path, body, type, progress, stop }: Parcel): Promise<Answer> {
  return new Promise((done, refused) => {
    const request = new XMLHttpRequest();
    const lost = (): void => refused(new Problem('unreachable', 0, t('problem-unreachable')));
    request.upload.onprogress = ({ loaded, total }) => progress(total > 0 ? loaded / total : 0);
    request.onerror = lost;
    request.onabort = lost;
    request.onload = () => done({ status: request.status, retryAfter: request.getResponseHeader('Retry-After'), body: parsed(request.responseText) });
    request.open(method, `/api/v1${path}`);
    request.setRequestHeader('Content-Type', type);
    stop?.addEventListener('abort', () => request.abort(), { once: true });
    if (stop?.aborted === true) return lost();
    request.send(body);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
