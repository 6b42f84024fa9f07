/** Requests to the daemon. */
import { Observable } from 'rxjs';
import { createFrameReader, type PageFrame } from '../data/frames.ts';
import { Refusal } from '../data/follow.ts';

/** Token for a daemon on TCP, kept for this tab; never in the address. */
const STORED = 'tidings-token';

export function setToken(token: string): void {
  sessionStorage.setItem(STORED, token);
}

function headers(): Record<string, string> {
  const token = sessionStorage.getItem(STORED);
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

async function get(path: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(path, {
    signal,
    cache: 'no-store',
    headers: { ...headers(), accept: 'application/vnd.tidings.packed, application/x-ndjson' },
  });
  if (response.ok) return response;
  const message = await reasonOf(response);
  // 502: a gateway whose daemon is away. 429, 503: too many requests.
  if (response.status >= 500 || response.status === 429) throw new Error(message);
  throw new Refusal(response.status, message);
}

async function reasonOf(response: Response): Promise<string> {
  try {
    const { message } = (await response.json()) as { message?: unknown };
    if (typeof message === 'string') return message;
  } catch {
    // Another server answered.
  }
  return `the server answered ${response.status} ${response.statusText}`;
}

/** Asks once for JSON. */
export function askJson<T>(path: string): Observable<T> {
  return new Observable<T>((subscriber) => {
    const abort = new AbortController();
    const read = async (): Promise<void> => {
      const response = await get(path, abort.signal);
      subscriber.next((await response.json()) as T);
      subscriber.complete();
    };
    read().catch((error: unknown) => subscriber.error(error));
    return () => abort.abort();
  });
}

/** Opens the stream of frames, in batches as they arrive. */
export function openEvents(params: URLSearchParams): Observable<readonly PageFrame[]> {
  return new Observable((subscriber) => {
    const abort = new AbortController();
    const read = async (): Promise<void> => {
      const { body } = await get(`/v1/events?${params.toString()}`, abort.signal);
      const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
      const frame = createFrameReader();
      let rest = '';
      for (;;) {
        const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
        if (done || value === undefined) break;
        const lines = (rest + value).split('\n');
        rest = lines.pop() ?? '';
        const frames = lines.filter((line) => line !== '').map((line) => frame(line) ?? unreadable());
        if (frames.length > 0) subscriber.next(frames);
        if (frames.at(-1)?.kind === 'end') return subscriber.complete();
      }
      throw new Error('the connection ended');
    };
    read().catch((error: unknown) => subscriber.error(plain(error)));
    return () => abort.abort();
  });
}

/** The stream is opened again after the last event that was read: no event is lost. */
function unreadable(): never {
  throw new Error('the daemon sent a line that this page cannot read');
}

/** Browsers differ in their words for a lost connection. */
function plain(error: unknown): unknown {
  if (error instanceof Refusal) return error;
  if (error instanceof TypeError) return new Error('the connection was lost');
  return error;
}
