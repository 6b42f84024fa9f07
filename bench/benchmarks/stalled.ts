/** One client that reads, beside others that have stopped reading. */
import { join } from 'node:path';
import type { IncomingEvent } from '../../src/index.ts';
import { atLeast, within } from '../harness/aim.ts';
import type { Aim, Benchmark, Line } from '../harness/benchmark.ts';
import { LAST, openReaders, openStalled, REQUEST, untilLast } from '../harness/clients.ts';
import { makeEvents } from '../harness/data.ts';
import { round, serve, type Served } from '../harness/servers.ts';
import { inTurn } from '../harness/statistics.ts';

/** Events in one list. */
const LIST = 100;

/** More events than a socket takes for a client that does not read. */
const FILLING = 2000;

let served: Served;
let from = 0;

async function hand(count: number, last?: string): Promise<void> {
  for (let i = 0; i < count; i += LIST) {
    const events = makeEvents(LIST, from);
    from += LIST;
    if (last !== undefined && i + LIST >= count) events.push({ ...(events[0] as IncomingEvent), name: last });
    served.collector.append(events);
    await round();
  }
}

const jobs = {
  async serve(path: string): Promise<void> {
    served = await serve(path, 100_000);
  },

  read: (path: string) => openReaders(path, 1, REQUEST),
  last: () => untilLast(),
  stall: (path: string, count: number) => openStalled(path, count, REQUEST),

  /** Fills the buffers of the clients that do not read. */
  fill: () => hand(FILLING),

  /** Appends events and returns its start time. */
  async hand(count: number): Promise<bigint> {
    const start = process.hrtime.bigint();
    await hand(count, LAST);
    return start;
  },

  /** The memory held by the process, in bytes. */
  held(): number {
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  },
};

export const benchmark: Benchmark = {
  name: 'stalled',
  jobs,
  async measure({ spawn, rounds, scaled, directory }) {
    /**
     * A server with one client that reads and some that do not: returns the former's rate per
     * second.
     */
    const beside = async (
      stalled: number,
    ): Promise<{ rate: () => Promise<number>; held: () => Promise<number> }> => {
      const [server, reader, others] = [spawn(jobs, { execArgv: ['--expose-gc'] }), spawn(jobs), spawn(jobs)];
      const path = join(directory, String(stalled));
      await server.run('serve', path);
      await reader.run('read', path);
      await others.run('stall', path, stalled);
      await server.run('fill');
      const count = Math.max(20_000, scaled(200_000));
      const rate = async (): Promise<number> => {
        const last = reader.run('last');
        const start = await server.run('hand', count);
        return (count * 1e9) / Number((await last) - start);
      };
      return { rate, held: () => server.run('held') };
    };
    const alone = await beside(0);
    const hundred = await beside(100);
    const thousand = await beside(1000);
    const line = async (n: string, { rate }: typeof alone, aim: Aim): Promise<Line> => ({
      what: `a client beside ${n} stalled ones ÷ alone`,
      unit: 'events/s',
      pairs: await inTurn(rounds, rate, alone.rate),
      aim,
    });
    return [
      await line('100', hundred, atLeast(0.9)),
      await line('1,000', thousand, atLeast(0.9)),
      {
        what: 'server with 1,000 stalled clients ÷ with none',
        unit: 'bytes',
        pairs: { a: [await thousand.held()], b: [await alone.held()] },
        aim: within(256 * 1024 ** 2, '256 MiB'),
      },
    ];
  },
};
