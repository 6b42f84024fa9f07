/** Watching the daemon: `/healthz` for people and probes, `/metrics` for Prometheus. */
import { answer } from '../http/answer.ts';
import type { HttpProtocol } from '../protocol.ts';
import { health } from './health.ts';
import { createMetrics } from './metrics.ts';

export const watch: HttpProtocol = {
  name: 'watch',
  routes: (context) => {
    const metrics = createMetrics(context);
    return [
      {
        methods: ['GET', 'HEAD'],
        path: '/healthz',
        handle: ({ response }) => answer(response, 200, health(context)),
      },
      {
        methods: ['GET', 'HEAD'],
        path: '/metrics',
        handle: async ({ response }) =>
          answer(response, 200, await metrics.metrics(), { 'content-type': metrics.contentType }),
      },
    ];
  },
};
