import { describe, expect, it } from 'vitest';
import { createCollector, type IncomingEvent } from '../../../src/index.ts';
import { cli } from '../../support/cli.ts';
import { event } from '../../support/events.ts';
import { serveHttp } from '../../support/http-server.ts';
import { UnixProxy } from '../../support/unix-proxy.ts';

const tidings = cli();

const happened = (name: string, action: string): IncomingEvent =>
  event({ name, action, id: name, timeNano: BigInt(Date.now()) * 1_000_000n });

/** Actions in the order in which they were printed. */
const template = ['-o', '{{.Name}} {{.Action}}'];

describe('tidings events and a collector', () => {
  it('prints the same stream for each by its own filters, while one is stopped', async () => {
    const collector = createCollector({ limit: 20_000 });
    await using server = await serveHttp(collector);
    const follow = (...args: string[]): ReturnType<typeof tidings> =>
      tidings(['events', '-H', server.endpoint, '-S', '1h', ...template, ...args]);
    collector.append([happened('web-1', 'create')]);
    const web = follow('-n', 'web-*');
    const deaths = follow('-f', 'event=die');
    const stopped = follow();
    collector.append([happened('db', 'die')]);
    await Promise.all([web.until(/create/), deaths.until(/die/), stopped.until(/die/)]);

    stopped.child.kill('SIGSTOP');
    const many = 200_000;
    for (let i = 0; i < many; i += 1000) {
      collector.append(Array.from({ length: 1000 }, () => happened('noise', 'exec_start')));
      // Let the sockets breathe, as a daemon's sources do.
      await new Promise((resolve) => setImmediate(resolve));
    }
    collector.append([happened('web-1', 'start'), happened('db', 'oom'), happened('web-2', 'die')]);
    await Promise.all([web.until(/web-2 die/), deaths.until(/web-2 die/)]);
    expect(web.stdout()).toBe('web-1 create\nweb-1 start\nweb-2 die\n');
    expect(deaths.stdout()).toBe('db die\nweb-2 die\n');

    stopped.child.kill('SIGCONT');
    await stopped.until(/web-2 die/);
    const gaps = [
      ...stopped.stderr().matchAll(/gap: (\d+) events are missing, this reader, or the disk, was too slow/g),
    ];
    expect(gaps.length).toBeGreaterThan(0);
    const missing = gaps.reduce((sum, [, count]) => sum + Number(count), 0);
    const printed = stopped.stdout().split('\n').length - 1;
    // Nothing is lost silently: what was not printed was told.
    expect(printed + missing).toBe(2 + many + 3);

    collector.complete();
    for (const each of [web, deaths, stopped]) {
      expect(await each.finished).toMatchObject({
        code: 69,
        stderr: expect.stringContaining('the daemon shut down'),
      });
    }
  });

  it('resumes at the given cursor, with neither holes nor repeats', async () => {
    const collector = createCollector();
    const names = (from: number, to: number): string[] =>
      Array.from({ length: to - from }, (_, i) => `e${from + i}`);
    const append = (from: number, to: number): void =>
      collector.append(names(from, to).map((name) => happened(name, 'start')));
    append(0, 500);
    await using server = await serveHttp(collector);
    await using proxy = new UnixProxy(server.socket);
    await proxy.mend();
    const args = ['events', '-H', proxy.endpoint, '-S', '1h', '-o', '{{.Name}}'];
    const first = tidings(args);
    await first.until(/e0/);
    await proxy.cut();
    const lost = await first.finished;
    expect(lost.code).toBe(69);
    const cursor = /resume with --cursor (\S+)/.exec(lost.stderr)?.[1];
    append(500, 600);
    await proxy.mend();
    const resumed = await tidings([...args, '--cursor', cursor as string, '--no-follow']).finished;
    expect(resumed).toMatchObject({ code: 0, stderr: '' });
    expect((lost.stdout + resumed.stdout).trimEnd().split('\n')).toEqual(names(0, 600));
  });

  it('passes on what the collector refuses', async () => {
    const collector = createCollector({ epoch: 'k3f' });
    await using server = await serveHttp(collector);
    collector.append([happened('a', 'start')]);
    const cursor = createCollector({ epoch: 'k3f', first: 8 }).newest;
    expect(await tidings(['events', '-H', server.endpoint, '--cursor', cursor]).finished).toMatchObject({
      code: 64,
      stderr: expect.stringMatching(/cursor k3f:7\..* is ahead of the stream/),
    });
  });
});
