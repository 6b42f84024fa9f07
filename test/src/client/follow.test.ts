import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { BehaviorSubject, lastValueFrom, toArray, VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DaemonError } from '../../../src/client/error.ts';
import { followDaemon } from '../../../src/client/follow.ts';
import { endFrame, eventFrame, lines, ready } from '../../support/frames.ts';
import { record } from '../../support/record.ts';
import { unixServer } from '../../support/unix-server.ts';

const end = endFrame('until', 2);

/** The error that the stream ends with. */
async function failure(endpoint: string): Promise<DaemonError> {
  const error: unknown = await lastValueFrom(followDaemon({ endpoint })).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(DaemonError);
  return error as DaemonError;
}

function shortDirectory(): string {
  const directory = mkdtempSync('/tmp/td-');
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

describe('followDaemon', () => {
  it('sends the query, and completes after the end frame', async () => {
    const urls: (string | undefined)[] = [];
    await using server = await unixServer((request, response) => {
      urls.push(request.url);
      response.write(lines(ready, eventFrame(1), eventFrame(2), end) + lines(eventFrame(3)));
    });
    const query = { name: ['web', '!db'], since: 1_000_000_001n, follow: false };
    const frames = await lastValueFrom(followDaemon({ endpoint: server.endpoint, query }).pipe(toArray()));
    expect(frames).toEqual([ready, eventFrame(1), eventFrame(2), end]);
    expect(urls).toEqual(['/v1/events?name=web&name=%21db&since=1.000000001&follow=false']);
  });

  it('distinguishes: no server, a refusal, another server, a lost connection', async () => {
    const answers: Readonly<Record<string, (response: ServerResponse) => unknown>> = {
      refused: (response) => response.writeHead(400).end('{"message":"no such thing"}'),
      page: (response) => response.writeHead(404).end('<html>'),
      lost: (response) => response.end(lines(ready)),
      cut: (response) => response.write(lines(ready), () => response.destroy()),
      garbage: (response) => response.end('hello\n'),
    };
    let answer = '';
    await using server = await unixServer((_, response) => void answers[answer]?.(response));
    const { endpoint } = server;
    const failureOf = (name: string): Promise<DaemonError> => {
      answer = name;
      return failure(endpoint);
    };
    expect(await failure('unix:///nowhere/t.sock')).toMatchObject({
      code: 'absent',
      message: 'no daemon answers at unix:///nowhere/t.sock (ENOENT)',
    });
    expect(await failureOf('refused')).toMatchObject({
      code: 'refused',
      message: `${endpoint}: no such thing`,
    });
    const page = await failureOf('page');
    expect(page).toMatchObject({ code: 'refused', message: expect.stringContaining('404 Not Found') });
    expect(await failureOf('lost')).toMatchObject({ code: 'lost' });
    expect(await failureOf('cut')).toMatchObject({ code: 'lost' });
    expect(await failureOf('garbage')).toMatchObject({ code: 'protocol' });
  });

  it('finds no server behind a socket whose listener died', async () => {
    const path = `${shortDirectory()}/s`;
    const listenAndDie = `require('net').createServer().listen('${path}', () => process.kill(process.pid, 'SIGKILL'))`;
    expect(() => execFileSync(process.execPath, ['-e', listenAndDie])).toThrow('Command failed');
    expect(await failure(path)).toMatchObject({
      code: 'absent',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('gives up on a daemon that takes the connection and says nothing', async () => {
    const scheduler = new VirtualTimeScheduler();
    await using server = await unixServer(() => scheduler.flush());
    const frames = followDaemon({ endpoint: server.endpoint, timeout: 5000, scheduler });
    await expect(lastValueFrom(frames)).rejects.toThrow('did not answer within 5000 ms');
  });

  it('closes the connection when it is unsubscribed or cancelled', async () => {
    await using server = await unixServer((_, response) => void response.write(lines(ready)));
    const controller = new AbortController();
    const cancelled = record(followDaemon({ endpoint: server.endpoint, signal: controller.signal }));
    const left = record(followDaemon({ endpoint: server.endpoint }));
    await Promise.all([cancelled, left].map((one) => one.until(() => true)));
    expect(await server.connections()).toBe(2);
    controller.abort();
    left.subscription.unsubscribe();
    await expect.poll(() => server.connections()).toBe(0);
  });

  it('reads no more while it is paused, so that the daemon feels it', async () => {
    let blocked = false;
    const pour = (_: IncomingMessage, response: ServerResponse): void => {
      const filler = lines(eventFrame(1)).repeat(200);
      const more = (): void => {
        blocked = false;
        while (response.write(filler));
        blocked = true;
        response.once('drain', more);
      };
      response.write(lines(ready));
      more();
    };
    await using server = await unixServer(pour);
    const paused = new BehaviorSubject(false);
    let seen = 0;
    const subscription = followDaemon({ endpoint: server.endpoint, paused }).subscribe(() => {
      seen++;
      if (seen === 1000) paused.next(true);
    });
    await expect.poll(() => seen >= 1000 && blocked).toBe(true);
    // At most the chunk that was being read.
    expect(seen).toBeLessThan(1000 + 65_536 / lines(eventFrame(1)).length + 1);
    paused.next(false);
    await expect.poll(() => seen).toBeGreaterThan(20_000);
    subscription.unsubscribe();
  });

  it('calls what does not speak HTTP lost', async () => {
    const path = `${shortDirectory()}/s`;
    const server = createServer((socket) => socket.end('SSH-2.0\r\n')).listen(path);
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    expect(await failure(path)).toMatchObject({ code: 'lost' });
  });

  it('refuses an invalid endpoint at the call', () => {
    expect(() => followDaemon({ endpoint: 'tidings' })).toThrow(RangeError);
  });
});
