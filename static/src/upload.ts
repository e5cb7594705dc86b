/** Sending a file, with how far it has come: `fetch` doesn't say that yet. */
import { Problem, problemOf } from './api.ts';
import { t } from './i18n.ts';
import type { Shape } from './shape.ts';

/** Sends the bytes of `file` as they are. `progress` is told a share from 0 to 1. Throws a {@link Problem}. */
export function upload<T>(path: string, file: Blob, type: string, shape: Shape<T>, progress: (share: number) => void): Promise<T> {
  return new Promise((done, refused) => {
    const request = new XMLHttpRequest();
    request.upload.onprogress = ({ loaded, total }) => progress(total > 0 ? loaded / total : 0);
    request.onerror = () => refused(new Problem('unreachable', 0, t('problem-unreachable')));
    request.onload = () => {
      const body = parsed(request.responseText);
      if (request.status < 200 || request.status > 299) return refused(problemOf(request.status, request.getResponseHeader('Retry-After'), body));
      try {
        done(shape(body, path));
      } catch {
        refused(new Problem('unreadable', request.status, t('problem-unreadable')));
      }
    };
    request.open('POST', `/api/v1${path}`);
    request.setRequestHeader('Content-Type', type);
    request.send(file);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
