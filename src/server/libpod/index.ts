/** The part of Podman's API that `podman --url unix://… events` needs. */
import { podmanEvent, podmanJson } from '../../encoders/podman.ts';
import type { IncomingEvent } from '../../event.ts';
import type { Log } from '../../log.ts';
import { apiHeaders } from '../docker/api.ts';
import { answer, refusalOf } from '../http/http-answer.ts';
import { lines } from '../http/event-lines.ts';
import type { Exchange, HttpProtocol } from '../protocol.ts';
import { checkFilters } from '../subscriptions.ts';
import { compile } from './podman-filters.ts';
import { queryOf } from './podman-query.ts';

const NAME = 'libpod';

/** Version stated to clients, which require at least 4.0.0. */
const LIBPOD_VERSION = '4.3.1';

const VERSION = 'v:version(^\\d+\\.\\d+\\.\\d+$)';

export const libpod: HttpProtocol = {
  name: NAME,
  routes: (context) => {
    const headers = { ...apiHeaders(context), 'Libpod-API-Version': LIBPOD_VERSION };
    const leaveOut = telling(context.log);
    const send = lines(context, { protocol: NAME, encode });
    return [
      {
        methods: ['GET', 'HEAD'],
        path: `/${VERSION}/libpod/_ping`,
        handle: ({ response }) =>
          answer(response, 200, 'OK', { ...headers, 'content-type': 'text/plain; charset=utf-8' }),
      },
      {
        methods: ['GET'],
        path: `/${VERSION}/libpod/events`,
        handle: refusing((exchange) => {
          const { query, filters } = queryOf(exchange.query, context.now());
          checkFilters(filters, context.limits);
          const selects = compile(filters);
          const sends = (event: IncomingEvent): boolean => {
            const podman = podmanEvent(event);
            return podman === undefined ? leaveOut(event) : selects(podman);
          };
          send(exchange, query, { ...headers, 'content-type': 'application/json' }, sends);
        }),
      },
    ];
  },
};

/**
 * Refuses as podman does. Podman's 4.3 client reads any answer as an event, whatever its status,
 * and panics if the type is missing. An invalid actor makes it report an unreadable answer and exit
 * with 125.
 */
function refusing(handle: (exchange: Exchange) => void): (exchange: Exchange) => void {
  return (exchange) => {
    try {
      handle(exchange);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined) throw error;
      const { status, message, headers } = refusal;
      const body = { cause: message, message, response: status, Actor: message };
      answer(exchange.response, status, `${JSON.stringify(body)}\n`, headers);
    }
  };
}

/** Encodes an event for which podman has a word. */
function encode(event: IncomingEvent): string {
  const podman = podmanEvent(event);
  if (podman === undefined) throw new Error(`podman has no word for ${event.type} ${event.action}`);
  return podmanJson(podman);
}

/** Most kinds of events that are logged: kinds are untrusted and unbounded. */
const LOGGED = 100;

/** Logs each kind of event that is left out, once. */
function telling(log: Log): (event: IncomingEvent) => false {
  const logged = new Set<string>();
  return ({ type, action }) => {
    const kind = `${type} ${action.replace(/:.*/s, '')}`;
    if (logged.size < LOGGED && !logged.has(kind)) {
      logged.add(kind);
      log.info({ type, action }, 'podman has no word for such events: its clients do not get them');
    }
    return false;
  };
}
