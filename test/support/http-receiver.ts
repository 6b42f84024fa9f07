/** A receiver of POST requests that keeps them. */
import type { IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { webHost } from './web-host.ts';

export interface ReceivedRequest {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface HttpReceiver extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  readonly requests: readonly ReceivedRequest[];
}

/** @param answer the status, and the body, of each answer */
export async function httpReceiver(
  answer: (request: ReceivedRequest) => readonly [status: number, body?: string] = () => [200],
): Promise<HttpReceiver> {
  const requests: ReceivedRequest[] = [];
  const host = await webHost((incoming, response) => {
    const take = (body: string): void => {
      const request = { url: incoming.url ?? '', headers: incoming.headers, body };
      requests.push(request);
      const [status, content = ''] = answer(request);
      response.writeHead(status).end(content);
    };
    text(incoming).then(take, () => undefined);
  });
  return {
    origin: new URL(host.url).origin,
    requests,
    [Symbol.asyncDispose]: async () => await host[Symbol.asyncDispose](),
  };
}
