/** A thousand clients of Docker's API that read everything, on our server and on a real dockerd. */
import { join } from 'node:path';
import { type Dockerd, dockerdAvailable, startDockerd } from '../../test/support/dockerd-process.ts';
import { atLeast } from '../harness/aim.ts';
import type { Benchmark } from '../harness/benchmark.ts';
import { LAST } from '../harness/clients.ts';
import { inTurn } from '../harness/statistics.ts';
import { jobs } from './fanout.ts';

const REQUEST = 'GET /events HTTP/1.1\r\nhost: x\r\n\r\n';

/** Events of dockerd made at a time: one request makes one, and is answered after its delivery. */
const AT_A_TIME = 16;

const tag = (dockerd: Dockerd, name: string): Promise<unknown> =>
  dockerd.api('POST', `/images/busybox:test/tag?repo=${name}&tag=1`);

async function tags(dockerd: Dockerd, count: number): Promise<bigint> {
  const start = process.hrtime.bigint();
  for (let i = 0; i < count; i += AT_A_TIME) {
    await Promise.all(Array.from({ length: AT_A_TIME }, () => tag(dockerd, 'some')));
  }
  await tag(dockerd, LAST);
  return start;
}

export const benchmark: Benchmark = {
  name: 'fanout-docker',
  jobs,
  missing: () => (dockerdAvailable ? undefined : 'no dockerd can be started here'),
  async measure({ spawn, rounds, scaled, directory }) {
    const dockerd = await startDockerd();
    const [ours, clients, others] = [spawn(jobs), spawn(jobs), spawn(jobs)];
    const path = join(directory, 'ours');
    const rate = async (
      readers: typeof ours,
      count: number,
      make: (count: number) => Promise<bigint>,
    ): Promise<number> => {
      const last = readers.run('last');
      const start = await make(count);
      return (count * 1e9) / Number((await last) - start);
    };
    try {
      await ours.run('serve', path);
      await clients.run('read', path, REQUEST, 'HTTP/1.1 200');
      await others.run('read', dockerd.socket, REQUEST, 'HTTP/1.1 200');
      const pairs = await inTurn(
        Math.min(rounds, 3),
        () => rate(clients, scaled(5000), (count) => ours.run('tidings', count)),
        () => rate(others, scaled(320), (count) => tags(dockerd, count)),
      );
      return [
        { what: '1,000 clients of the Docker API ÷ of dockerd', unit: 'events/s', pairs, aim: atLeast(10) },
      ];
    } finally {
      await Promise.all([clients.end(), others.end()]);
      await dockerd.remove();
    }
  },
};
