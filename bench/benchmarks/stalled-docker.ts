/**
 * The benchmark `stalled` for a real dockerd: a client that reads, beside others that have stopped
 * reading.
 */
import { type Dockerd, dockerdAvailable, startDockerd } from '../../test/support/dockerd-process.ts';
import { unjudged } from '../harness/aim.ts';
import type { Benchmark, Line } from '../harness/benchmark.ts';
import { closeClients, LAST, openReaders, openStalled, untilLast } from '../harness/clients.ts';
import { inTurn } from '../harness/statistics.ts';

const REQUEST = 'GET /events HTTP/1.1\r\nhost: x\r\n\r\n';

/** More events than Docker and the sockets hold for a client that does not read. */
const FILLING = 4000;

/**
 * An event that takes longer than this has waited for a client: in ms. Docker waits for 100 ms; so
 * many in a row are not chance.
 */
const WAITED = 90;
const IN_A_ROW = 5;

const jobs = {
  read: (path: string) => openReaders(path, 1, REQUEST, 'HTTP/1.1 200'),
  last: () => untilLast(),
  stall: (path: string, count: number) => openStalled(path, count, REQUEST),
  close: () => closeClients(),
};

/**
 * Makes an event: an image gets a name that it already has. Docker answers after the delivery to
 * all.
 */
const tag = (dockerd: Dockerd, name: string): Promise<unknown> =>
  dockerd.api('POST', `/images/busybox:test/tag?repo=${name}&tag=1`);

/** Makes events until the buffers to the stalled clients are full. */
async function fill(dockerd: Dockerd): Promise<void> {
  let waited = 0;
  for (let i = 0; i < FILLING && waited < IN_A_ROW; i++) {
    const start = performance.now();
    await tag(dockerd, 'some');
    waited = performance.now() - start > WAITED ? waited + 1 : 0;
  }
}

export const benchmark: Benchmark = {
  name: 'stalled-docker',
  jobs,
  missing: () => (dockerdAvailable ? undefined : 'no dockerd can be started here'),
  async measure({ spawn, quick }) {
    const dockerd = await startDockerd();
    const [reader, others] = [spawn(jobs), spawn(jobs)];
    const rate = async (count: number): Promise<number> => {
      const last = reader.run('last');
      const start = process.hrtime.bigint();
      for (let i = 1; i < count; i++) await tag(dockerd, 'some');
      await tag(dockerd, LAST);
      return (count * 1e9) / Number((await last) - start);
    };
    const beside = async (stalled: number): Promise<number> => {
      await others.run('stall', dockerd.socket, stalled);
      await fill(dockerd);
      const found = await rate(30);
      await others.run('close');
      return found;
    };
    const line = async (n: number): Promise<Line> => ({
      what: `dockerd: a client beside ${n.toLocaleString('en')} stalled ones ÷ alone`,
      unit: 'events/s',
      pairs: await inTurn(
        quick ? 1 : 3,
        () => beside(n),
        () => rate(300),
      ),
      aim: unjudged,
    });
    try {
      await reader.run('read', dockerd.socket);
      return [await line(100), await line(1000)];
    } finally {
      await Promise.all([reader.end(), others.end()]);
      await dockerd.remove();
    }
  },
};
