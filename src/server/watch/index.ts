/** Monitoring of the daemon: `/healthz` for people and probes, `/metrics` for Prometheus. */
import { answer } from '../http/http-answer.ts';
import type { HttpProtocol } from '../protocol.ts';
import { sharedInTurn } from '../turns.ts';
import { health } from './health.ts';
import { createMetrics } from './metrics.ts';

export const watch: HttpProtocol = {
  name: 'watch',
  routes: (context) => {
    const metrics = createMetrics(context);
    const healthPage = sharedInTurn(() => health(context));
    const metricsPage = sharedInTurn(() => metrics.metrics());
    return [
      {
        methods: ['GET', 'HEAD'],
        path: '/healthz',
        handle: async ({ response }) => answer(response, 200, await healthPage()),
      },
      {
        methods: ['GET', 'HEAD'],
        path: '/metrics',
        handle: async ({ response }) =>
          answer(response, 200, await metricsPage(), { 'content-type': metrics.contentType }),
      },
    ];
  },
};
