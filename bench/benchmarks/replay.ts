/** Replay of a full buffer to one client. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { IncomingEvent } from '../../src/index.ts';
import { more } from '../harness/aim.ts';
import type { Benchmark } from '../harness/benchmark.ts';
import { closeClients, LAST, openReaders } from '../harness/clients.ts';
import { makeEvents } from '../harness/data.ts';
import { serve } from '../harness/servers.ts';
import { inTurn } from '../harness/statistics.ts';

const HELD = 100_000;
const REQUEST = 'GET /v1/events?since=0&follow=false HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';

/** Approximate size of the buffer on the wire: in bytes. */
const BLOCK = Buffer.alloc(48 * 1024, 'x');
const BLOCKS = 800;

const jobs = {
  async serve(path: string): Promise<void> {
    const { collector } = await serve(path, HELD);
    const last = { ...(makeEvents(1)[0] as IncomingEvent), name: LAST };
    for (let i = 0; i < HELD; i += 1000) collector.append(makeEvents(1000, i));
    collector.append([last]);
  },

  /** Serves as many bytes, from one buffer. */
  async serveBytes(path: string): Promise<void> {
    const server = createServer((socket) => {
      socket.once('data', () => {
        let left = BLOCKS;
        const pump = (): void => {
          while (left-- > 0) if (!socket.write(BLOCK)) return void socket.once('drain', pump);
          socket.end(LAST);
        };
        pump();
      });
    });
    server.listen(path);
    await once(server, 'listening');
  },

  /** Returns the rate per second. */
  async replay(path: string): Promise<number> {
    const start = process.hrtime.bigint();
    await openReaders(path, 1, REQUEST, LAST);
    const took = Number(process.hrtime.bigint() - start);
    closeClients();
    return (HELD * 1e9) / took;
  },
};

export const benchmark: Benchmark = {
  name: 'replay',
  jobs,
  async measure({ spawn, rounds, directory }) {
    const [ours, plain, client] = [spawn(jobs), spawn(jobs), spawn(jobs)];
    const [path, bytesPath] = [join(directory, 'ours'), join(directory, 'bytes')];
    await ours.run('serve', path);
    await plain.run('serveBytes', bytesPath);
    const pairs = await inTurn(
      rounds,
      () => client.run('replay', path),
      () => client.run('replay', bytesPath),
    );
    const aim = more(500_000, '500 k/s');
    return [{ what: 'replay of 100,000 to one socket ÷ as many bytes', unit: 'events/s', pairs, aim }];
  },
};
