/** Podman's API, as far as `podman --url unix://… events` goes. */
import { podmanEvent, podmanJson } from '../../encoders/podman.ts';
import type { IncomingEvent } from '../../event.ts';
import type { Log } from '../../log.ts';
import { apiHeaders } from '../docker/api.ts';
import { answer, refusalOf } from '../http/answer.ts';
import { lines } from '../http/lines.ts';
import type { Exchange, HttpProtocol } from '../protocol.ts';
import { checkFilters } from '../subscriptions.ts';
import { compile } from './filters.ts';
import { queryOf } from './query.ts';

const NAME = 'libpod';

/** Whose words we speak. Clients want 4.0.0 at least. */
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
 * Refuses as podman does. Its client of 4.3 takes whatever comes for an event, whatever the status, and a panic is the
 * end of one without a type: an actor that is none makes it say that it cannot read the answer, and exit with 125.
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

/** Of an event that podman has words for. */
function encode(event: IncomingEvent): string {
  const podman = podmanEvent(event);
  if (podman === undefined) throw new Error(`podman has no word for ${event.type} ${event.action}`);
  return podmanJson(podman);
}

/** Kinds of events that are told of: they come from outside, and might never end. */
const TOLD = 100;

/** Says of each kind of event that is left out, once. */
function telling(log: Log): (event: IncomingEvent) => false {
  const told = new Set<string>();
  return ({ type, action }) => {
    const kind = `${type} ${action.replace(/:.*/s, '')}`;
    if (told.size < TOLD && !told.has(kind)) {
      told.add(kind);
      log.info({ type, action }, 'podman has no word for such events: its clients do not get them');
    }
    return false;
  };
}
