/** Forwarders over real sockets, with receivers, names and files that are broken. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { asyncScheduler } from 'rxjs';
import { expect, it, onTestFinished, vi } from 'vitest';
import { nowNano } from '../../../src/clock.ts';
import { type Collector, createCollector } from '../../../src/collector/collector.ts';
import type { IncomingEvent } from '../../../src/event.ts';
import { createForwarders, type Forwarders } from '../../../src/forward/index.ts';
import { positionIn } from '../../../src/forward/position.ts';
import { refusedIn } from '../../../src/forward/refused-events.ts';
import { silent } from '../../../src/log.ts';
import { canMakeCertificate, makeCertificate } from '../../support/certificate.ts';
import { events } from '../../support/events.ts';
import { httpReceiver, type HttpReceiver } from '../../support/http-receiver.ts';
import { forwardersIn } from '../../support/sink.ts';
import { stateDirectory } from '../../support/state-directory.ts';
import { webHost } from '../../support/web-host.ts';

/** A running forwarder of all events, with its collector and data directory. */
function running(
  keys: string,
  { collector = createCollector({ limit: 1000 }), dataDir = stateDirectory() } = {},
): { readonly collector: Collector; readonly dataDir: string; readonly forwarders: Forwarders } {
  const forwarders = createForwarders({
    ...{ collector, dataDir, log: silent, scheduler: asyncScheduler, now: nowNano, random: () => 0 },
  });
  forwarders.load(forwardersIn(`forward: [{ name: f, start: oldest, batch: { every: 1ms }, ${keys} }]`));
  onTestFinished(async () => await forwarders.close());
  return { collector, dataDir, forwarders };
}

const soon = async (check: () => unknown): Promise<unknown> => await vi.waitFor(check, 40_000);

const statusOf = ({ status }: Forwarders): (typeof status)[number] | undefined => status[0];

const namesIn = ({ requests }: HttpReceiver): string[] =>
  requests.flatMap(({ body }) =>
    body
      .split('\n')
      .slice(0, -1)
      .map((line) => (JSON.parse(line) as { readonly name: string }).name),
  );

const named = (names: readonly string[]): IncomingEvent[] =>
  names.map((name, i) => ({ ...(events(1)[0] as IncomingEvent), id: `id${i}`, name }));

it('sends the same batch again after 429', async () => {
  let answers = 0;
  await using receiver = await httpReceiver(() => [answers++ === 0 ? 429 : 204]);
  const { collector, forwarders } = running(`http: { url: '${receiver.origin}' }`);
  collector.append(events(3));
  await soon(() => expect(statusOf(forwarders)).toMatchObject({ sent: 3, failed: 1, repeated: 3, lag: 0 }));
  expect(receiver.requests[1]?.body).toBe(receiver.requests[0]?.body);
});

it('sets aside the one event that gets 400, and delivers the others in order', async () => {
  await using receiver = await httpReceiver(({ body }) => [body.includes('"bad"') ? 400 : 200]);
  const { collector, dataDir, forwarders } = running(`http: { url: '${receiver.origin}' }`);
  collector.append(named(['a', 'b', 'bad', 'c', 'd']));
  await soon(() => expect(statusOf(forwarders)).toMatchObject({ sent: 4, refused: 1, lag: 0 }));
  const taken = receiver.requests.filter(({ body }) => !body.includes('"bad"'));
  expect(namesIn({ ...receiver, requests: taken })).toEqual(['a', 'b', 'c', 'd']);
  expect(readFileSync(refusedIn(dataDir, 'f'), 'utf8')).toMatch(/"reason":"it answered 400.*"name":"bad"/);
});

it('splits a batch that gets 413, down to an event of 1 MiB that is set aside', async () => {
  await using receiver = await httpReceiver(({ body }) => [body.length > 100_000 ? 413 : 200]);
  const { collector, forwarders } = running(`http: { url: '${receiver.origin}' }`);
  const [large] = named(['large']) as [IncomingEvent];
  collector.append([
    ...named(['a', 'b']),
    { ...large, attributes: { label: 'x'.repeat(2 ** 20) } },
    ...named(['c']),
  ]);
  await soon(() => expect(statusOf(forwarders)).toMatchObject({ sent: 3, refused: 1, lag: 0 }));
});

it('delivers an event of 1 MiB to a receiver that takes it', async () => {
  await using receiver = await httpReceiver();
  const { collector, forwarders } = running(`http: { url: '${receiver.origin}' }`);
  const [large] = named(['large']) as [IncomingEvent];
  collector.append([{ ...large, attributes: { label: '\u00e4'.repeat(2 ** 19) } }]);
  await soon(() => expect(statusOf(forwarders)).toMatchObject({ sent: 1, lag: 0 }));
  expect(Buffer.byteLength(receiver.requests[0]?.body ?? '')).toBeGreaterThan(2 ** 20);
});

it('sends again after 200 whose connection was lost before the answer', async () => {
  let drops = 0;
  await using host = await webHost((incoming, response) => {
    incoming.resume().on('end', () => {
      if (drops++ === 0) incoming.socket.destroy();
      else response.end();
    });
  });
  const { collector, forwarders } = running(`http: { url: '${host.url}' }`);
  collector.append(events(2));
  await soon(() => expect(statusOf(forwarders)).toMatchObject({ sent: 2, repeated: 2, failed: 1 }));
});

it('gives up an attempt that is never answered, and holds up nothing meanwhile', async () => {
  const silence = createServer(() => undefined);
  await new Promise<void>((resolve) => silence.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void silence.close());
  const { port } = silence.address() as AddressInfo;
  const { collector, forwarders } = running(`timeout: 50ms, http: { url: 'http://127.0.0.1:${port}' }`);
  const seen: number[] = [];
  collector.events().subscribe(({ seq }) => seen.push(seq));
  collector.append(events(500));
  expect(seen).toHaveLength(500);
  await soon(() =>
    expect(statusOf(forwarders)).toMatchObject({
      ...{ state: 'retrying', detail: 'it did not answer within 50 ms', sent: 0, lag: 500 },
    }),
  );
});

it('reports a name that DNS does not know, and keeps the events', async () => {
  const { collector, forwarders } = running("http: { url: 'http://no-such-host.invalid:1' }");
  collector.append(events(1));
  await soon(() =>
    expect(statusOf(forwarders)).toMatchObject({
      ...{ state: 'retrying', detail: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/), lag: 1 },
    }),
  );
});

it.skipIf(!canMakeCertificate)(
  'reports a certificate that it does not trust, or a name that differs',
  async () => {
    const { cert, key } = makeCertificate();
    await using host = await webHost((_, response) => response.end(), { cert, key });
    const { collector, forwarders } = running(`http: { url: '${host.url}' }`);
    collector.append(events(1));
    await soon(() =>
      expect(statusOf(forwarders)).toMatchObject({
        state: 'retrying',
        detail: expect.stringMatching(/self-signed/),
      }),
    );
  },
);

it('begins with the oldest event if the file of its position is cut', async () => {
  await using receiver = await httpReceiver();
  const sink = `http: { url: '${receiver.origin}' }`;
  const first = running(sink);
  first.collector.append(events(3));
  await soon(() => expect(statusOf(first.forwarders)).toMatchObject({ lag: 0 }));
  await first.forwarders.close();
  const path = positionIn(first.dataDir, 'f');
  writeFileSync(path, readFileSync(path).subarray(0, 20));
  const second = running(sink, first);
  await soon(() => expect(statusOf(second.forwarders)).toMatchObject({ lag: 0, sent: 3 }));
  expect(namesIn(receiver)).toEqual(['e0', 'e1', 'e2', 'e0', 'e1', 'e2']);
});
