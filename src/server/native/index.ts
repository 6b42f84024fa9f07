/** The native API: the stream as frames, in NDJSON or as server-sent events. */
import { HttpError } from '../http/answer.ts';
import type { HttpProtocol } from '../protocol.ts';
import { eventsHandler } from './events.ts';

export const native: HttpProtocol = {
  name: 'native',
  routes: (context) => [
    { methods: ['GET', 'HEAD'], path: '/v1/events', handle: eventsHandler(context) },
    {
      methods: ['POST', 'PUT', 'PATCH', 'DELETE'],
      path: '/v1/events',
      handle: () => {
        throw new HttpError(405, 'events are read, never written here: use GET', { allow: 'GET' });
      },
    },
  ],
};
