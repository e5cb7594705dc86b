/** Sending a file, with how far it has come: `fetch` doesn't say that yet. */
import { mayGoOn, Problem, problemOf } from './api.ts';
import { t } from './i18n.ts';
import type { Shape } from './shape.ts';

type Progress = (share: number) => void;

/** Sends the bytes of `file` as they are; what a gate holds up is sent again once it opens. `progress` is told a share from 0 to 1. Throws a {@link Problem}. */
export async function upload<T>(path: string, file: Blob, type: string, shape: Shape<T>, progress: Progress): Promise<T> {
  for (;;) {
    const request = await send(path, file, type, progress);
    const body = parsed(request.responseText);
    if (request.status >= 200 && request.status <= 299) return read(shape, body, path, request.status);
    const problem = problemOf(request.status, request.getResponseHeader('Retry-After'), body);
    if (!(await mayGoOn(path, problem))) throw problem;
  }
}

/** One try, whatever the answer. */
function send(path: string, file: Blob, type: string, progress: Progress): Promise<XMLHttpRequest> {
  return new Promise((done, refused) => {
    const request = new XMLHttpRequest();
    request.upload.onprogress = ({ loaded, total }) => progress(total > 0 ? loaded / total : 0);
    request.onerror = () => refused(new Problem('unreachable', 0, t('problem-unreachable')));
    request.onload = () => done(request);
    request.open('POST', `/api/v1${path}`);
    request.setRequestHeader('Content-Type', type);
    request.send(file);
  });
}

function read<T>(shape: Shape<T>, body: unknown, path: string, status: number): T {
  try {
    return shape(body, path);
  } catch {
    throw new Problem('unreadable', status, t('problem-unreadable'));
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
