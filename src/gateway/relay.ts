/** Passes a request of the page on to the daemon, and its answer back. */
import { pipeline } from 'node:stream';
import { Observable } from 'rxjs';
import type { Endpoint } from '../client/endpoint.ts';
import { connectionError } from '../client/error.ts';
import { ask } from '../client/request.ts';
import { answer, messageBody } from '../server/http/http-answer.ts';
import { markStreaming } from '../server/http/core.ts';
import { onGone } from '../server/http/http-stream.ts';
import type { Exchange } from '../server/protocol.ts';

/** Headers of the daemon's answer that the browser gets. */
const PASSED = ['content-type', 'content-length', 'retry-after', 'cache-control', 'x-content-type-options'];

/** Sends a GET request; an absent daemon gives 502 with the reason. */
export function forwardTo(endpoint: Endpoint, token: string | undefined): (exchange: Exchange) => void {
  return ({ request, response }) => {
    markStreaming(request);
    const fail = (error: Error): void => {
      if (response.headersSent) response.destroy();
      else answer(response, 502, messageBody(error.message));
    };
    const exchange: Observable<never> = ask<never>(endpoint, request.url ?? '/', token, (outgoing, end) => {
      outgoing.setHeader('accept', request.headers.accept ?? '*/*');
      outgoing.on('error', (error) => end.error(connectionError(error, endpoint.text, false)));
      outgoing.on('response', (incoming) => {
        const headers = Object.entries(incoming.headers).filter(([name]) => PASSED.includes(name));
        response.writeHead(incoming.statusCode ?? 502, {
          ...Object.fromEntries(headers),
          connection: 'close',
        });
        // The first frame may come much later.
        response.flushHeaders();
        pipeline(incoming, response, () => end.complete());
      });
    });
    const passing = exchange.subscribe({ error: fail });
    onGone(response, () => passing.unsubscribe());
  };
}
