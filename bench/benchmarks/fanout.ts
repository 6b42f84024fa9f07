/** A thousand clients of the server that read everything. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { chunk } from '../../src/server/http/http-stream.ts';
import { encodeEvent } from '../../src/encoders/ndjson-event.ts';
import type { EngineEvent, IncomingEvent } from '../../src/index.ts';
import { atLeast } from '../harness/aim.ts';
import type { Benchmark } from '../harness/benchmark.ts';
import { LAST, openReaders, REQUEST, untilLast } from '../harness/clients.ts';
import { makeEvents } from '../harness/data.ts';
import { round, serve, type Served } from '../harness/servers.ts';
import { inTurn } from '../harness/statistics.ts';

const CLIENTS = 1000;

/** Events in one list. */
const LIST = 100;

/** Largest lag of the slowest client before the next events: in events. */
const BEHIND = 4 * LIST;

let served: Served;
let bare: Server;
const connected = new Set<Socket>();
let from = 0;

/** Lists of events; the last event is marked. */
function* lists(count: number): Generator<IncomingEvent[]> {
  for (let made = 0; made < count; made += LIST) {
    const events = makeEvents(LIST, from);
    from += LIST;
    if (made + LIST >= count) events.push({ ...(events[0] as IncomingEvent), name: LAST });
    yield events;
  }
}

/** Also used beside dockerd. */
export const jobs = {
  read: (path: string, request?: string, wanted?: string): Promise<void> =>
    openReaders(path, CLIENTS, request, wanted),
  last: (): Promise<bigint> => untilLast(),

  async serve(path: string): Promise<void> {
    served = await serve(path, 100_000);
  },

  /** Appends events and returns its start time. */
  async tidings(count: number): Promise<bigint> {
    const start = process.hrtime.bigint();
    for (const events of lists(count)) {
      served.collector.append(events);
      await round();
      while (served.collector.status.lag > BEHIND) await round();
    }
    return start;
  },

  async serveBare(path: string): Promise<void> {
    bare = createServer((socket) => connected.add(socket));
    bare.listen(path);
    await once(bare, 'listening');
  },

  /** Writes the same bytes to all sockets in a loop. */
  async bare(count: number): Promise<bigint> {
    const start = process.hrtime.bigint();
    for (const events of lists(count)) {
      const text = (event: IncomingEvent, i: number): string =>
        `${encodeEvent({ ...event, seq: from + i } satisfies EngineEvent, 'k3f9xq2lab:1000000.aa')}\n`;
      const bytes = chunk(events.map(text).join(''));
      for (const socket of connected) socket.write(bytes);
      await round();
      for (const socket of connected) {
        while (socket.writableLength > BEHIND * 300) await round();
      }
    }
    return start;
  },
};

export const benchmark: Benchmark = {
  name: 'fanout',
  jobs,
  async measure({ spawn, rounds, scaled, directory }) {
    const [ours, plain, clients, others] = [spawn(jobs), spawn(jobs), spawn(jobs), spawn(jobs)];
    const [path, barePath] = [join(directory, 'ours'), join(directory, 'bare')];
    await ours.run('serve', path);
    await plain.run('serveBare', barePath);
    await clients.run('read', path, REQUEST);
    await others.run('read', barePath);
    const count = scaled(5000);
    const rate = async (
      server: typeof ours,
      job: 'tidings' | 'bare',
      readers: typeof ours,
    ): Promise<number> => {
      const last = readers.run('last');
      const start = await server.run(job, count);
      return (count * 1e9) / Number((await last) - start);
    };
    const pairs = await inTurn(
      rounds,
      () => rate(ours, 'tidings', clients),
      () => rate(plain, 'bare', others),
    );
    return [
      { what: '1,000 NDJSON clients ÷ a bare loop of writes', unit: 'events/s', pairs, aim: atLeast(0.7) },
    ];
  },
};
