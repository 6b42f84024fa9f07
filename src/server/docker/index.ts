/** The events part of Docker's API, as the docker command and Docker's libraries use it. */
import type { IncomingMessage } from 'node:http';
import { dockerJson } from '../../encoders/docker.ts';
import { answer, HttpError } from '../http/http-answer.ts';
import { lines } from '../http/event-lines.ts';
import type { HttpProtocol, Route } from '../protocol.ts';
import { sharedInTurn } from '../turns.ts';
import { infoBody, versionBody } from './system-info.ts';
import { apiHeaders, routes } from './api.ts';
import { queryOf } from './docker-query.ts';

const NAME = 'docker';

/** Content types that clients can choose; the lines are the same. */
const TYPES = ['application/json', 'application/jsonl', 'application/x-ndjson'];

export const docker: HttpProtocol = {
  name: NAME,
  routes: (context) => {
    const headers = apiHeaders(context);
    const info = sharedInTurn(() => `${JSON.stringify(infoBody(context))}\n`);
    const stream = lines(context, { protocol: NAME, encode: (event) => dockerJson(event) });
    const all: readonly Route[] = [
      {
        methods: ['GET', 'HEAD'],
        path: '/_ping',
        handle: ({ response }) =>
          answer(response, 200, 'OK', { ...headers, 'content-type': 'text/plain; charset=utf-8' }),
      },
      {
        methods: ['GET'],
        path: '/version',
        handle: ({ response }) => answer(response, 200, `${JSON.stringify(versionBody(context))}\n`, headers),
      },
      {
        methods: ['GET'],
        path: '/info',
        handle: async ({ response }) => answer(response, 200, await info(), headers),
      },
      {
        methods: ['GET'],
        path: '/events',
        handle: (exchange) => {
          const query = queryOf(exchange.query, context.now());
          stream(exchange, query, { ...headers, 'content-type': typeOf(exchange.request) });
        },
      },
      {
        methods: ['POST', 'PUT', 'PATCH', 'DELETE'],
        path: '/containers/*',
        handle: ({ path }) => {
          throw new HttpError(
            403,
            `${path}: tidings serves events, and changes nothing: ask the engine itself`,
          );
        },
      },
    ];
    return all.flatMap(routes);
  },
};

/** The first known type in `Accept`; Docker's own without a known type. */
function typeOf({ headers: { accept = '' } }: IncomingMessage): string {
  const types = accept.split(',').map((type) => type.split(';')[0]?.trim().toLowerCase() ?? '');
  return types.find((type) => TYPES.includes(type)) ?? 'application/json';
}
