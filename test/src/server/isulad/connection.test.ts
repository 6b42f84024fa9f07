import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Connection } from '../../../../src/server/isulad/connection.ts';
import { PREFACE } from '../../../../src/server/isulad/inbound.ts';
import { frame } from '../../../support/http2-frames.ts';

interface Pair extends AsyncDisposable {
  readonly client: Socket;
  readonly connection: Connection;
  readonly scheduler: VirtualTimeScheduler;
  /** Connections that turned out to speak HTTP/2. */
  readonly begun: readonly Connection[];
}

/** Both ends of one connection. */
async function pair(): Promise<Pair> {
  const directory = mkdtempSync('/tmp/td-');
  const path = join(directory, 's');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const client = connect(path);
  // Its output may come too late.
  client.on('error', () => undefined);
  const [socket] = (await once(server, 'connection')) as [Socket];
  const scheduler = new VirtualTimeScheduler();
  const begun: Connection[] = [];
  const onBegin = (one: Connection): number => begun.push(one);
  const connection = new Connection(socket, { beginWithin: 1000, scheduler, onBegin });
  return {
    client,
    connection,
    scheduler,
    begun,
    [Symbol.asyncDispose]: async () => {
      client.destroy();
      connection.destroy();
      await new Promise((resolve) => server.close(resolve));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

describe('Connection', () => {
  it('begins when HTTP/2 does, and passes on what comes both ways', async () => {
    await using one = await pair();
    const { client, connection, begun } = one;
    client.write(PREFACE.subarray(0, 10));
    client.write(Buffer.concat([PREFACE.subarray(10), frame(4, 0, 0)]));
    await expect.poll(() => begun).toEqual([connection]);
    let bytes = Buffer.alloc(0);
    connection.on('data', (data: Buffer) => (bytes = Buffer.concat([bytes, data])));
    await expect.poll(() => bytes).toEqual(Buffer.concat([PREFACE, frame(4, 0, 0)]));
    connection.end('answer');
    expect(await text(client)).toBe('answer');
  });

  it('is closed without a preface in time', async () => {
    await using one = await pair();
    const { client, connection, scheduler } = one;
    client.write('PRI');
    scheduler.maxFrames = 999;
    scheduler.flush();
    expect(connection.destroyed).toBe(false);
    scheduler.maxFrames = 1000;
    scheduler.flush();
    expect(connection.destroyed).toBe(true);
    await expect.poll(() => client.closed).toBe(true);
  });

  it('keeps no timer once it has begun, or is gone', async () => {
    await using one = await pair();
    const { client, connection, scheduler, begun } = one;
    client.write(PREFACE);
    await expect.poll(() => begun).toHaveLength(1);
    expect(connection.begun).toBe(true);
    scheduler.maxFrames = 10_000;
    scheduler.flush();
    expect(connection.destroyed).toBe(false);
    await using other = await pair();
    other.client.destroy();
    await once(other.connection, 'close');
    expect(other.connection.begun).toBe(true);
  });
});
