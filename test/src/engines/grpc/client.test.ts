import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { firstValueFrom, Subject } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { call, silentCall } from '../../../support/grpc-client.ts';

describe('a gRPC client, of another server than gRPC', () => {
  const directory = (): string => {
    const path = mkdtempSync('/tmp/td-');
    onTestFinished(() => rmSync(path, { recursive: true, force: true }));
    return path;
  };
  /** A server that does with each connection as it is told. */
  const serve = async (handle: (socket: Socket) => void): Promise<string> => {
    const path = join(directory(), 's');
    const open = new Set<Socket>();
    const server: Server = createServer((socket) => {
      open.add(socket.on('error', () => undefined));
      handle(socket);
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
    onTestFinished(() => {
      for (const socket of open) socket.destroy();
      server.close();
    });
    return path;
  };

  it('says ENOENT where there is nothing', async () => {
    await expect(call(join(directory(), 's'), 'echo')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('says ECONNREFUSED where a directory is in its place', async () => {
    const path = join(directory(), 's');
    mkdirSync(path);
    await expect(call(path, 'echo')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it.each([
    ['answers HTTP', (socket: Socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['answers random bytes', (socket: Socket) => void socket.write(Buffer.alloc(4096, 0xa5))],
    ['hangs up', (socket: Socket) => void socket.destroy()],
  ])('says so of one that %s', async (_, handle) => {
    const path = await serve(handle);
    await expect(call(path, 'echo')).rejects.toMatchObject({ name: 'CallError', code: 'UNAVAILABLE' });
  });

  it('gives one up that accepts and says nothing, by the scheduler alone', async () => {
    const connected = new Subject<void>();
    const path = await serve(() => connected.next());
    const { failure, expire } = silentCall(path);
    await firstValueFrom(connected);
    expire();
    expect(await failure).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });
});
