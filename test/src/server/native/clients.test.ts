import { spawn } from 'node:child_process';
import { EventSource } from 'eventsource';
import { filter, firstValueFrom, fromEvent, Observable } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createCollector } from '../../../../src/collector/collector.ts';
import { event, events } from '../../../support/events.ts';
import { at } from '../../../support/frames.ts';
import { type HttpServer, serveHttp, type ServeOptions } from '../../../support/http-server.ts';
import { type Recording, record } from '../../../support/record.ts';
import { findTool } from '../../../support/tools.ts';
import { UnixProxy } from '../../../support/unix-proxy.ts';

const loopback: ServeOptions = { http: { tcp: { address: '127.0.0.1:0', insecureLoopback: true } } };

const KINDS = ['ready', 'message', 'replay-end', 'bookmark', 'gap', 'end'];

interface Message {
  readonly kind: string;
  readonly name?: string;
  readonly lastEventId: string;
}

/** Messages of an `EventSource`. */
function messages(source: EventSource): Recording<Message> {
  return record(
    new Observable<Message>((subscriber) => {
      for (const kind of KINDS) {
        source.addEventListener(kind, ({ data, lastEventId }) =>
          subscriber.next({ ...(JSON.parse(data as string) as { kind: string }), lastEventId }),
        );
      }
      return () => source.close();
    }),
  );
}

function open(server: HttpServer, path: string): EventSource {
  const source = new EventSource(`${server.tcp}${path}`);
  onTestFinished(() => source.close());
  return source;
}

describe('an EventSource', () => {
  it('gets events as messages, and cursors as ids', async () => {
    const collector = createCollector();
    collector.append(events(2));
    await using server = await serveHttp(collector, loopback);
    const got = messages(open(server, '/v1/events?since=0'));
    await got.until(({ kind }) => kind === 'replay-end');
    collector.append([event({ name: 'live' })]);
    await got.until(({ name }) => name === 'live');
    expect(got.values.map(({ kind, name }) => name ?? kind)).toEqual([
      'ready',
      'e0',
      'e1',
      'replay-end',
      'live',
    ]);
    expect(got.values.at(-1)?.lastEventId).toBe(collector.newest);
    got.subscription.unsubscribe();
  });

  it('continues after a lost connection, with neither holes nor repeats', async () => {
    const collector = createCollector();
    const names = Array.from({ length: 60 }, (_, i) => `n${i}`);
    const append = (from: number, to: number): void =>
      collector.append(names.slice(from, to).map((name) => event({ name })));
    append(0, 20);
    const first = await serveHttp(collector, loopback);
    const address = new URL(first.tcp as string).host;
    const got = messages(open(first, '/v1/events?since=0'));
    await got.until(({ name }) => name === 'n19');
    append(20, 30);
    await got.until(({ name }) => name === 'n29');
    await first[Symbol.asyncDispose]();
    append(30, 40);
    await using _second = await serveHttp(collector, { http: { tcp: { address, insecureLoopback: true } } });
    await got.until(({ name }) => name === 'n39');
    append(40, 60);
    await got.until(({ name }) => name === 'n59');
    expect(got.values.flatMap(({ name }) => name ?? [])).toEqual(names);
    expect(got.values.map(({ kind }) => kind)).not.toContain('gap');
    got.subscription.unsubscribe();
  });

  it('gets 204 once its query has ended, and does not reconnect', async () => {
    const collector = createCollector();
    collector.append(events(5));
    await using server = await serveHttp(collector, loopback);
    const source = open(server, '/v1/events?since=0&until=0.002');
    const got = messages(source);
    await got.until(({ kind }) => kind === 'end');
    // First the connection ends; the reconnect is then answered with 204.
    await firstValueFrom(
      fromEvent<{ code?: number }>(source as never, 'error').pipe(filter(({ code }) => code === 204)),
    );
    expect(source.readyState).toBe(EventSource.CLOSED);
    expect(got.values.map(({ kind, name }) => name ?? kind)).toEqual([
      'ready',
      'e0',
      'e1',
      'replay-end',
      'end',
    ]);
    got.subscription.unsubscribe();
  });

  it('gives up on an invalid query', async () => {
    await using server = await serveHttp(createCollector(), loopback);
    const source = open(server, '/v1/events?since=yesterday-ish');
    const error = await firstValueFrom(fromEvent<{ code?: number }>(source as never, 'error'));
    expect([error.code, source.readyState]).toEqual([400, EventSource.CLOSED]);
  });
});

const curl = findTool('curl');

describe.skipIf(curl === undefined)('curl -N', () => {
  function run({ socket }: { readonly socket: string }, ...args: string[]): Recording<string> {
    const child = spawn(curl as string, ['-sSN', '--unix-socket', socket, ...args]);
    onTestFinished(() => void child.kill('SIGKILL'));
    let text = '';
    child.stdout.setEncoding('utf8');
    child.stderr.setEncoding('utf8');
    return record(
      new Observable<string>((subscriber) => {
        for (const stream of [child.stdout, child.stderr]) {
          stream.on('data', (data: string) => subscriber.next((text += data)));
        }
        child.on('close', (code) => {
          subscriber.next(`${text}exit ${code}`);
          subscriber.complete();
        });
      }),
    );
  }

  it('gets the head at once, and frames as they come', async () => {
    const collector = createCollector({ epoch: 'k3f' });
    await using server = await serveHttp(collector);
    const output = run(server, '-i', 'http://localhost/v1/events?filters={"event":["die"]}', '--globoff');
    await output.until((text) => /HTTP\/1\.1 200 OK[^]*application\/x-ndjson[^]*replay-end/.test(text));
    collector.append([event({ action: 'start' }), event({ action: 'die', name: 'web' })]);
    await output.until((text) => text.includes('"action":"die"'));
    await server.close();
    const text = (await output.until((text) => text.includes('exit'))).at(-1) as string;
    expect(text.split('\r\n\r\n')[1]?.trimEnd().split('\n')).toEqual([
      `{"kind":"ready","oldest":"${at(1)}","newest":"${at(0)}"}`,
      `{"kind":"replay-end","cursor":"${at(0)}"}`,
      expect.stringMatching(/^\{"kind":"event","cursor":"k3f:2\..*"action":"die".*"name":"web"/),
      `{"kind":"end","reason":"shutdown","cursor":"${at(2)}"}`,
      'exit 0',
    ]);
  });

  it('gets server-sent events when it says so', async () => {
    const collector = createCollector();
    collector.append([event({ name: 'web' })]);
    await using server = await serveHttp(collector);
    const accept = ['-H', 'accept: text/html, text/event-stream;q=0.9'];
    const output = run(server, ...accept, 'http://localhost/v1/events?tail=1&follow=false');
    const text = (await output.until((text) => text.includes('exit'))).at(-1);
    expect(text).toMatch(
      /^retry: 1000\n\nevent: ready\ndata: \{.*\}\n\nid: \S+\ndata: \{"kind":"event".*\}\n\nid: \S+\nevent: replay-end\n/,
    );
    expect(text).toMatch(/\n\nid: \S+\nevent: end\ndata: \{"kind":"end","reason":"complete".*\}\n\nexit 0$/);
  });

  it('notices that a stream was cut rather than ended', async () => {
    const collector = createCollector();
    await using server = await serveHttp(collector);
    await using proxy = new UnixProxy(server.socket);
    await proxy.mend();
    const output = run(proxy, 'http://localhost/v1/events');
    await output.until((text) => text.includes('replay-end'));
    await proxy.cut();
    const text = (await output.until((text) => text.includes('exit'))).at(-1);
    expect(text).toMatch(/exit 18$/);
  });
});
