import { once } from 'node:events';
import { statSync } from 'node:fs';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { type Collector, createCollector } from '../../../../src/collector/collector.ts';
import { events } from '../../../support/events.ts';
import { answerTo, begin, message, session } from '../../../support/grpc-call.ts';
import { frame, HEADERS, literal } from '../../../support/http2-frames.ts';
import { serveIsulad } from '../../../support/isulad-server.ts';

/** `e0` at 1 s, `e1` at 2 s … */
function aSecondApart(count: number): Collector {
  const collector = createCollector();
  collector.append(events(count).map((each) => ({ ...each, timeNano: each.timeNano * 1000n })));
  return collector;
}

describe('iSulad Events', () => {
  it('is on a socket for its owner and group', async () => {
    await using server = await serveIsulad(aSecondApart(0));
    expect(statSync(server.socket).mode & 0o777).toBe(0o660);
  });

  it('tells a slow client what it can no longer have, and holds no more for it than for any', async () => {
    const collector = createCollector({ limit: 1000 });
    await using server = await serveIsulad(collector);
    const client = session(server.socket);
    const stream = begin(client);
    stream.end(message([]));
    await once(stream, 'response');
    // Not read: what the client and the sockets hold fills up, and the reader stands still.
    for (let batch = 0; batch < 50; batch++) {
      collector.append(events(1000, `b${batch}-`));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(collector.status.lag).toBeGreaterThan(1000);
    const answer = answerTo(stream);
    await server.close();
    const { body, grpcStatus } = await answer;
    const opts = body.toString('latin1');
    expect(opts).toContain('daemon gap');
    expect(opts).toMatch(/events \d+ to 49000 are no longer available/);
    expect(opts).toContain('b49-999');
    expect(opts.indexOf('daemon gap')).toBeLessThan(opts.indexOf('b49-0'));
    expect(grpcStatus).toBe('2');
    client.destroy();
  });

  it('begins no call while it shuts down', async () => {
    const collector = aSecondApart(100_000);
    await using server = await serveIsulad(collector);
    const client = session(server.socket);
    const stream = begin(client);
    // The name of the last: it is looked for a while.
    stream.end(message(Buffer.from('\x22\x06e99999', 'latin1')));
    await expect.poll(() => collector.status.subscriptions, { interval: 1 }).toBe(1);
    const answer = answerTo(stream);
    await server.close();
    expect(await answer).toMatchObject({ grpcStatus: '2', message: 'tidings is shutting down' });
    client.destroy();
  });

  it('does not wait on shutdown for a client that takes nothing', async () => {
    const collector = aSecondApart(50_000);
    await using server = await serveIsulad(collector);
    const client = session(server.socket);
    const stream = begin(client);
    stream.end(message([]));
    await once(stream, 'response');
    await server.close();
    expect(collector.status.subscriptions).toBe(0);
    client.destroy();
  });

  it('answers plain HTTP, and closes on what is neither', async () => {
    await using server = await serveIsulad(aSecondApart(0));
    const answerOf = async (bytes: string | Buffer): Promise<string> => {
      const socket = connect(server.socket);
      socket.end(bytes);
      return await text(socket);
    };
    for (const bytes of ['GET /events HTTP/1.1\r\nhost: x\r\n\r\n', Buffer.from([0x16, 3, 1, 2, 0]), '\0']) {
      expect(await answerOf(bytes)).toMatch(/^HTTP\/1.1 400 Bad Request\r\n[^]*speaks gRPC[^]*"}\n$/);
    }
    expect(await answerOf('')).toBe('');
    expect(await answerOf('PRI * HTT')).toBe('');
  });

  it('takes requests with the authority of any client, and with none', async () => {
    await using server = await serveIsulad(aSecondApart(1));
    const authorities = [
      '/run/isulad.sock',
      'unix:///run/isulad.sock',
      '%2Frun%2Fisulad.sock',
      '',
      undefined,
    ];
    for (const authority of authorities) {
      const fields = [
        literal(3, 'POST'),
        literal(6, 'http'),
        literal(4, '/containers.ContainerService/Events'),
        ...(authority === undefined ? [] : [literal(1, authority)]),
        literal('content-type', 'application/grpc'),
      ];
      const socket = connect(server.socket);
      socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
      socket.write(frame(4, 0, 0));
      socket.write(frame(HEADERS, 4, 1, Buffer.concat(fields)));
      socket.write(frame(0, 1, 1, message([0x18, 1])));
      let bytes = '';
      socket.on('data', (data: Buffer) => (bytes += data.toString('latin1')));
      await expect.poll(() => bytes).toContain('container start');
      socket.destroy();
    }
  });

  it('continues for others when clients are cut off at any point', async () => {
    const collector = aSecondApart(2000);
    await using server = await serveIsulad(collector);
    const whole = Buffer.concat([
      Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
      frame(4, 0, 0),
      frame(
        HEADERS,
        4,
        1,
        Buffer.concat([
          literal(3, 'POST'),
          literal(6, 'http'),
          literal(4, '/containers.ContainerService/Events'),
          literal('content-type', 'application/grpc'),
        ]),
      ),
      frame(0, 1, 1, message([])),
    ]);
    for (let length = 1; length <= whole.length; length++) {
      const socket = connect(server.socket);
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      socket.write(whole.subarray(0, length));
      await new Promise((resolve) => setImmediate(resolve));
      socket.destroy();
    }
    await expect.poll(() => collector.status.subscriptions).toBe(0);
    const client = session(server.socket);
    const stream = begin(client);
    stream.end(message([0x18, 1]));
    expect(await answerTo(stream)).toMatchObject({ grpcStatus: '0' });
    client.destroy();
  });
});
