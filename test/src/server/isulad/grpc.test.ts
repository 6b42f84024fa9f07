import { once } from 'node:events';
import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Collector, createCollector } from '../../../../src/collector/collector.ts';
import { events } from '../../../support/events.ts';
import { answerTo, begin, call, message, session, storeOnly } from '../../../support/grpc-call.ts';
import { serveIsulad } from '../../../support/isulad-server.ts';

const collectorWith = (count: number): Collector => {
  const collector = createCollector();
  collector.append(events(count));
  return collector;
};

describe('a gRPC call', () => {
  it('gets messages, then the status OK', async () => {
    await using server = await serveIsulad(collectorWith(2));
    const answer = await call(server.socket, storeOnly);
    expect(answer).toMatchObject({ status: 200, grpcStatus: '0', message: '', rstCode: 0 });
    expect(answer.body.readUInt32BE(1)).toBeGreaterThan(0);
  });

  it.each([
    ['GET', {}, 405],
    ['POST', { 'content-type': 'application/json' }, 415],
    ['POST', { 'content-type': 'application/grpc-web' }, 415],
  ])('is refused with %s and %o', async (method, headers, status) => {
    await using server = await serveIsulad(collectorWith(0));
    const answer = await call(server.socket, Buffer.alloc(0), { ':method': method, ...headers });
    expect(answer.status).toBe(status);
  });

  it.each([
    ['/x', '2', /^\/x is not served by tidings: known are .*\/Events, .*\/Info$/],
    ['/constructor', '2', /not served/],
    ['/containers.ContainerService/Logs', '2', /not served/],
    ['/images.ImagesService/List', '2', /not served/],
    ['/containers.ContainerService/Stop', '7', /^tidings changes no containers: Stop is refused; ask/],
    ['/containers.ContainerService/RemoteExec', '7', /RemoteExec is refused/],
  ])('is refused in words that its client shows when it asks for %s', async (path, grpcStatus, expected) => {
    await using server = await serveIsulad(collectorWith(0));
    const answer = await call(server.socket, Buffer.alloc(0), { ':path': path });
    expect(answer).toMatchObject({ grpcStatus, message: expect.stringMatching(expected) });
  });

  it.each([
    ['compressed', message([1], 1), '2', /not supported/],
    ['no message', Buffer.alloc(0), '13', /is truncated/],
    ['half a message', storeOnly.subarray(0, 6), '13', /is truncated/],
    ['two messages', Buffer.concat([storeOnly, storeOnly]), '13', /more than one/],
    ['something else', message([0xff, 0xff]), '13', /^Failed to transform grpc request$/],
  ])('is refused with a request of %s', async (_, request, grpcStatus, expected) => {
    await using server = await serveIsulad(collectorWith(0));
    const answer = await call(server.socket, request);
    expect(answer).toMatchObject({ status: 200, grpcStatus });
    expect(answer.message).toMatch(expected);
  });

  it('is refused as soon as its request says that it is too large', async () => {
    await using server = await serveIsulad(collectorWith(0), { limits: { requestBytes: 100 } });
    const client = session(server.socket);
    const stream = begin(client);
    stream.write(message(Buffer.alloc(101)).subarray(0, 5));
    expect(await answerTo(stream)).toMatchObject({
      grpcStatus: '2',
      message: 'the request has 101 bytes: at most 100 are taken',
    });
    client.destroy();
  });

  it('is refused with an invalid timeout', async () => {
    await using server = await serveIsulad(collectorWith(0));
    const answer = await call(server.socket, storeOnly, { 'grpc-timeout': '1 hour' });
    expect(answer).toMatchObject({
      grpcStatus: '13',
      message: 'invalid grpc-timeout "1 hour": like 100m or 5S',
    });
  });

  it('ends at its deadline, on the millisecond, and frees what it held', async () => {
    const scheduler = new VirtualTimeScheduler();
    const collector = createCollector({ scheduler });
    await using server = await serveIsulad(collector, { scheduler });
    const client = session(server.socket);
    const stream = begin(client, { 'grpc-timeout': '1500m' });
    stream.end(message([]));
    await expect.poll(() => collector.status.subscriptions).toBe(1);
    scheduler.maxFrames = 1499;
    scheduler.flush();
    expect(collector.status.subscriptions).toBe(1);
    scheduler.maxFrames = 1500;
    scheduler.flush();
    expect(collector.status.subscriptions).toBe(0);
    expect(await answerTo(stream)).toMatchObject({ grpcStatus: '4', message: 'the deadline has passed' });
    client.destroy();
  });

  it('is cancelled when no request comes', async () => {
    const scheduler = new VirtualTimeScheduler();
    await using server = await serveIsulad(createCollector(), { scheduler, limits: { requestWithin: 5000 } });
    const client = session(server.socket);
    await once(client, 'connect');
    const stream = begin(client);
    // The server has the headers once it has answered a ping that was sent after them.
    await new Promise<void>((resolve) => client.ping(() => resolve()));
    scheduler.maxFrames = 5000;
    scheduler.flush();
    expect(await answerTo(stream)).toMatchObject({ status: undefined, rstCode: 8 });
    client.destroy();
  });

  it('leaves nothing behind when it is cancelled, or its connection is cut', async () => {
    const collector = collectorWith(3);
    await using server = await serveIsulad(collector);
    for (const end of ['cancel', 'cut'] as const) {
      const client = session(server.socket);
      const stream = begin(client);
      stream.end(message([]));
      await expect.poll(() => collector.status.subscriptions).toBe(1);
      if (end === 'cancel') stream.close(8);
      else client.destroy();
      await expect.poll(() => collector.status.subscriptions).toBe(0);
      client.destroy();
    }
  });
});
