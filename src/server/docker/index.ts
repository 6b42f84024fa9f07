/** The events part of Docker's API, as the docker command and Docker's libraries use it. */
import type { IncomingMessage } from 'node:http';
import { dockerJson } from '../../encoders/docker.ts';
import type { IncomingEvent } from '../../event.ts';
import type { ServerContext } from '../context.ts';
import { answer, HttpError } from '../http/http-answer.ts';
import { lines, type SendLines } from '../http/event-lines.ts';
import type { HttpProtocol, PathHandler } from '../protocol.ts';
import { sharedInTurn } from '../turns.ts';
import { infoBody, versionBody } from './system-info.ts';
import { apiHeaders, hasLegacyFields, routes } from './api.ts';
import { queryOf } from './docker-query.ts';

const NAME = 'docker';

const SEQUENCE = 'application/json-seq';

/** Content types that clients can choose: lines, or a sequence of RFC 7464. */
const TYPES = ['application/json', 'application/jsonl', 'application/x-ndjson', SEQUENCE];

export const docker: HttpProtocol = {
  name: NAME,
  routes: (context) => {
    const headers = apiHeaders(context);
    const info = sharedInTurn(() => `${JSON.stringify(infoBody(context))}\n`);
    const streams = formats(context);
    const all: readonly PathHandler[] = [
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
          const type = typeOf(exchange.request);
          const stream = streams[hasLegacyFields(exchange) ? 'legacy' : 'plain'][type === SEQUENCE ? 1 : 0];
          stream(exchange, query, { ...headers, 'content-type': type });
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

type Formats = Readonly<Record<'legacy' | 'plain', readonly [lines: SendLines, sequence: SendLines]>>;

/** One stream for each format: an event is encoded once for all of its clients. */
function formats(context: ServerContext): Formats {
  const streams = (legacy: boolean): Formats['plain'] => {
    const json = (event: IncomingEvent): string => dockerJson(event, { legacy });
    return [
      lines(context, { protocol: NAME, encode: json }),
      lines(context, { protocol: NAME, encode: (event) => `\u001e${json(event)}` }),
    ];
  };
  return { legacy: streams(true), plain: streams(false) };
}

/** The known type that `Accept` prefers; Docker's own without a known type. */
function typeOf({ headers: { accept = '' } }: IncomingMessage): string {
  let best = 'application/json';
  let most = 0;
  for (const each of accept.toLowerCase().split(',')) {
    const [type = '', ...parameters] = each.split(';').map((part) => part.trim());
    const weight = Number(parameters.find((part) => part.startsWith('q='))?.slice(2) ?? 1);
    if (!(weight > most) || !TYPES.includes(type)) continue;
    best = type;
    most = weight;
  }
  return best;
}
