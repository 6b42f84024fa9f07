/** The native API: the stream as frames, in NDJSON or as server-sent events. */
import { HttpError } from '../http/http-answer.ts';
import type { HttpProtocol, PathHandler } from '../protocol.ts';
import { containersHandler } from './containers-handler.ts';
import { enginesHandler } from './engines-handler.ts';
import { eventsHandler } from './events-handler.ts';
import { forwardersHandler } from './forwarders-handler.ts';
import { whyHandler } from './why-handler.ts';
import { hostHandler } from './host-handler.ts';

const PATHS = [
  '/v1/events',
  '/v1/containers',
  '/v1/containers/:name/why',
  '/v1/engines',
  '/v1/forwarders',
  '/v1/host',
];

export const native: HttpProtocol = {
  name: 'native',
  routes: (context) => [
    { methods: ['GET', 'HEAD'], path: '/v1/events', handle: eventsHandler(context) },
    { methods: ['GET', 'HEAD'], path: '/v1/containers', handle: containersHandler(context) },
    { methods: ['GET', 'HEAD'], path: '/v1/containers/:name/why', handle: whyHandler(context) },
    { methods: ['GET', 'HEAD'], path: '/v1/engines', handle: enginesHandler(context) },
    { methods: ['GET', 'HEAD'], path: '/v1/forwarders', handle: forwardersHandler(context) },
    { methods: ['GET', 'HEAD'], path: '/v1/host', handle: hostHandler(context) },
    ...PATHS.map((path): PathHandler => ({
      methods: ['POST', 'PUT', 'PATCH', 'DELETE'],
      path,
      handle: () => {
        throw new HttpError(405, 'this API only reads: use GET', { allow: 'GET' });
      },
    })),
  ],
};
