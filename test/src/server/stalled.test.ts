import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { filter, firstValueFrom, share } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { followDaemon } from '../../../src/client/follow.ts';
import { createCollector } from '../../../src/collector/collector.ts';
import { event } from '../../support/events.ts';
import { serveHttp } from '../../support/http-server.ts';
import { get, rawClient } from '../../support/raw-http.ts';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

const STALLED = 300;

describe('clients that have stopped reading', () => {
  it('neither hold up one that reads, nor take more memory the further they are behind; and are told', async () => {
    const collector = createCollector({ limit: 1000 });
    await using server = await serveHttp(collector);
    const stalled = Array.from({ length: STALLED }, () => rawClient(server.socket, get('/v1/events')));
    await Promise.all(stalled.map((client) => client.until(/replay-end/)));
    for (const { socket } of stalled) socket.pause();
    const reading = followDaemon({ endpoint: server.endpoint }).pipe(share());
    const read = firstValueFrom(reading.pipe(filter(({ kind }) => kind === 'replay-end')));
    const names: string[] = [];
    const subscription = reading.subscribe((frame) => {
      if (frame.kind === 'event') names.push(frame.event.name as string);
    });
    await read;

    let made = 0;
    const append = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i += 100) {
        const last = String(made + 100);
        const arrived = firstValueFrom(
          reading.pipe(filter((frame) => frame.kind === 'event' && frame.event.name === last)),
        );
        collector.append(Array.from({ length: 100 }, () => event({ name: String(++made) })));
        await arrived;
      }
    };
    const held = (): number => {
      gc();
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    // Fills what is on the way to them, and the blocks that are kept.
    await append(40_000);
    const before = held();
    const lags = (): number | undefined => server.context.subscriptions.status().get('native')?.lag;
    expect(lags()).toBeGreaterThan(30_000);
    await append(20_000);
    const after = held();
    // A queue for each would be some gigabytes.
    expect(after - before).toBeLessThan(16 * 1024 ** 2);

    expect(names).toEqual(Array.from({ length: made }, (_, i) => String(i + 1)));

    const some = stalled.slice(0, 10);
    for (const { socket } of some) socket.resume();
    await Promise.all(some.map((client) => client.until(/"reason":"overflow"[^]*"name":"60000"/)));
    for (const client of stalled) client[Symbol.dispose]();
    subscription.unsubscribe();
  });

  it('get a gap, and stay connected, when more would wait than --client-bytes', async () => {
    const COUNT = 20;
    const clientBytes = 2 ** 21;
    const collector = createCollector({ limit: 5000 });
    await using server = await serveHttp(collector, { clientBytes, maxSubscriptions: COUNT });
    const append = (count: number): void =>
      collector.append(
        Array.from({ length: count }, (_, i) =>
          event({ name: `n${i % COUNT}`, attributes: { text: 'x'.repeat(3000) } }),
        ),
      );
    append(5000);
    // Each reads events of its own, so that nothing is shared, until it has stopped taking them.
    const stalled = Array.from({ length: COUNT }, (_, i) =>
      rawClient(server.socket, get(`/v1/events?since=0&name=n${i}`)),
    );
    for (const { socket } of stalled) socket.pause();
    const { subscriptions } = server.context;
    let most = 0;
    const lag = (): number => subscriptions.status().get('native')?.lag ?? 0;
    for (let before = -1, same = 0; same < 50; before = lag()) {
      await new Promise((resolve) => setImmediate(resolve));
      most = Math.max(most, subscriptions.memory.bytes);
      same = lag() === before && subscriptions.status().get('native')?.open === COUNT ? same + 1 : 0;
      expect(subscriptions.memory.cutOff).toBe(0);
    }
    expect(most).toBeGreaterThan(clientBytes / 10);
    expect(most).toBeLessThanOrEqual(clientBytes);
    append(5000);
    for (const { socket } of stalled) socket.resume();
    await Promise.all(stalled.map((client) => client.until(/"reason":"overflow"/)));
    for (const client of stalled) client[Symbol.dispose]();
  });
});
