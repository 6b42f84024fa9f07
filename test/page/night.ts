/** The events of a night: a crash loop, a death out of memory, an unhealthy time, jobs, a gap. */
import { createHash } from 'node:crypto';
import type { IncomingEvent } from '../../src/event.ts';
import { nano } from './open.ts';

/** The end of the night: ms since the Unix epoch. */
export const MORNING: number = Date.parse('2026-11-28T07:00:00Z');
const HOUR = 3_600_000;
/** Its begin. */
export const EVENING: number = MORNING - 9 * HOUR;

const PROJECTS: Readonly<Record<string, readonly string[]>> = {
  shop: ['web', 'api', 'db', 'cache', 'worker', 'queue'],
  blog: ['nginx', 'ghost', 'mysql'],
  monitoring: ['prometheus', 'grafana', 'loki'],
};

/** Every run of the tests makes the same events. */
export function night(): readonly IncomingEvent[] {
  const events: IncomingEvent[] = [];
  const add = (
    at: number,
    action: string,
    name: string,
    attributes: Readonly<Record<string, string>> = {},
    { engine = 'docker', id = idOf(name) } = {},
  ): void => {
    events.push({
      ...{ timeNano: nano(at), type: 'container', action, id, name },
      ...{ attributes: { name, ...attributes }, source: { engine, endpoint: `unix:///run/${engine}.sock` } },
    });
  };
  for (const [project, services] of Object.entries(PROJECTS)) {
    for (const [index, service] of services.entries()) {
      const labels = {
        'com.docker.compose.project': project,
        'com.docker.compose.service': service,
        image: `${project}/${service}:1.${index}`,
      };
      const name = `${project}-${service}-1`;
      add(EVENING + index * 90_000, 'create', name, labels);
      add(EVENING + index * 90_000 + 300, 'start', name, labels);
    }
  }
  const at = (hours: number): number => EVENING + hours * HOUR;
  const die = (time: number, name: string, exitCode: string): void => add(time, 'die', name, { exitCode });
  add(at(4) - 20, 'oom', 'shop-api-1');
  die(at(4), 'shop-api-1', '137');
  add(at(4) + 900, 'start', 'shop-api-1', { image: 'shop/api:1.1' });
  let time = at(4.05);
  for (let i = 0, wait = 400; i < 23; i++, wait = Math.min(60_000, wait * 2)) {
    die(time, 'shop-worker-1', '3');
    add(time + wait, 'start', 'shop-worker-1', { image: 'shop/worker:1.4' });
    time += wait + 900;
  }
  add(at(4.1), 'health_status: unhealthy', 'shop-web-1');
  add(at(4.7), 'health_status: healthy', 'shop-web-1');
  die(at(6.2), 'shop-api-1', '1');
  add(at(6.21), 'start', 'shop-api-1', { image: 'shop/api:1.2' });
  for (const hours of [1.9, 3.8, 5.7]) {
    add(at(hours) - 900, 'kill', 'blog-ghost-1', { signal: '15' });
    die(at(hours), 'blog-ghost-1', '0');
    add(at(hours) + 4000, 'start', 'blog-ghost-1', { image: 'blog/ghost:5.1' });
  }
  die(at(3.1), 'monitoring-loki-1', '137');
  add(at(3.2), 'start', 'monitoring-loki-1', { image: 'monitoring/loki:1.2' });
  add(at(2), 'pause', 'monitoring-grafana-1');
  add(at(2.7), 'unpause', 'monitoring-grafana-1');
  for (let i = 0; i < 24; i++) {
    const name = `backup-${i % 3}`;
    const begin = at(0.2 + i * 0.36);
    const source = { engine: 'podman', id: idOf(`${name} ${i}`) };
    add(begin, 'start', name, { image: 'tools/backup' }, source);
    add(begin + 240_000 + (i % 5) * 60_000, 'die', name, { exitCode: i % 8 === 5 ? '2' : '0' }, source);
  }
  events.push({
    ...{ timeNano: nano(at(5.3)), type: 'daemon', action: 'gap', id: '', name: 'docker' },
    attributes: {
      reason: 'upstream',
      detail: 'dockerd was away for 6 min: its events of that time are lost',
      count: '12',
      since: String(nano(at(5.2))),
      until: String(nano(at(5.3))),
    },
    source: { engine: 'docker' },
  });
  return events.sort((a, b) => Number(a.timeNano - b.timeNano));
}

function idOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
