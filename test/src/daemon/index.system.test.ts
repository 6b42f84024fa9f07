import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { followDaemon } from '../../../src/client/follow.ts';
import type { Frame } from '../../../src/collector/frames.ts';
import { isGap } from '../../../src/event.ts';
import { type Daemon, startDaemon } from '../../../src/daemon/index.ts';
import { dockerdAvailable, useDockerd } from '../../support/dockerd.ts';
import { record } from '../../support/record.ts';
import { ask } from '../../support/unix-http.ts';

describe.skipIf(!dockerdAvailable)('a daemon that follows a real dockerd', () => {
  const dockerd = useDockerd();

  async function start(root: string): Promise<Daemon> {
    const daemon = await startDaemon({
      stateDir: join(root, 'state'),
      dataDir: join(root, 'data'),
      engines: [`docker=${dockerd().endpoint}`],
    });
    onTestFinished(() => daemon.close());
    return daemon;
  }

  function place(): string {
    const root = mkdtempSync('/tmp/td-');
    onTestFinished(() => rmSync(root, { recursive: true, force: true }));
    return root;
  }

  const is = (action: string, id: string) => (frame: Frame) =>
    frame.kind === 'event' && frame.event.action === action && frame.event.id === id;

  const tag = (name: string): Promise<unknown> =>
    dockerd().api('POST', `/images/busybox:test/tag?repo=${name}&tag=1`);

  /** Tags as the events of them name them. */
  const tags = (frames: readonly Frame[]): string[] =>
    frames.flatMap((frame) =>
      frame.kind === 'event' && frame.event.action === 'tag' ? (frame.event.attributes['name'] ?? '') : [],
    );

  it('reconciles what happened while dockerd was dead', async () => {
    const root = place();
    await start(root);
    const socket = join(root, 'state/tidings.sock');
    const frames = record(followDaemon({ endpoint: socket, query: { since: 0n } }));
    const id = await dockerd().launch({ name: 'victim', command: ['sleep', '1000'] });
    await frames.until(is('start', id));
    const { State } = await dockerd().api<{ State: { Pid: number } }>('GET', `/containers/${id}/json`);
    await dockerd().end('SIGKILL');
    process.kill(State.Pid, 'SIGKILL');
    await dockerd().start();
    const all = await frames.until(is('die', id));
    const events = all.flatMap((frame) => (frame.kind === 'event' ? [frame.event] : []));
    const deaths = events.filter((event) => event.id === id && event.action === 'die');
    expect(deaths).toHaveLength(1);
    expect(deaths[0]?.attributes).toMatchObject({ name: 'victim', reconciled: 'true' });
    expect(events.filter(isGap)).toHaveLength(1);
    await dockerd().api('DELETE', `/containers/${id}`);
    await frames.until(is('destroy', id));
  });

  it('hands its events on, and tells when it goes and comes back', async () => {
    const root = place();
    const daemon = await start(root);
    const socket = join(root, 'state/tidings.sock');
    const query = { since: 0n, filters: { type: ['image'], event: ['tag'] } };
    const frames = record(followDaemon({ endpoint: socket, query }));
    await tag('first');
    await frames.until((_, all) => tags(all).includes('first:1'));
    const health = async (): Promise<{ status: string; engines: { state: string }[] }> =>
      JSON.parse((await ask(socket, 'GET', '/healthz')).body) as never;
    const isConnected = async (): Promise<boolean> => (await health()).engines[0]?.state === 'connected';
    // Events of the past come while it is still `connecting`.
    await until(isConnected);
    expect(await health()).toMatchObject({ status: 'ok', engines: [{ reconnects: 0 }] });

    await dockerd().end('SIGKILL');
    await until(async () => (await health()).status === 'degraded');
    await dockerd().start();
    await until(isConnected);
    expect(await health()).toMatchObject({ status: 'ok', engines: [{ reconnects: 1 }] });
    const { body } = await ask(socket, 'GET', '/metrics');
    expect(body).toMatch(/^tidings_engine_reconnects_total\{engine="docker",endpoint="[^"]+"\} 1$/m);
    await tag('second');
    await frames.until((_, all) => tags(all).includes('second:1'));
    await daemon.close();
    await frames.until(({ kind }) => kind === 'end');
  });

  it('continues after its own restart with neither holes nor repeats', async () => {
    const root = place();
    for (const name of ['a', 'b']) await tag(name);
    const first = await start(root);
    const before = record(first.collector.events({ since: 0n }));
    await before.until((_, all) => all.some(({ attributes }) => attributes['name'] === 'b:1'));
    await first.close();
    for (const name of ['c', 'd']) await tag(name);
    const second = await start(root);
    await tag('e');
    const socket = join(root, 'state/tidings.sock');
    const frames = record(followDaemon({ endpoint: socket, query: { since: 0n } }));
    const all = await frames.until((_, got) => tags(got).includes('e:1'));
    const named = tags(all).filter((name) => /^[a-e]:1$/.test(name));
    expect(named).toEqual(['a:1', 'b:1', 'c:1', 'd:1', 'e:1']);
    expect(all.some((frame) => frame.kind === 'gap')).toBe(false);
    expect(all.some((frame) => frame.kind === 'event' && frame.event.action === 'gap')).toBe(false);
    await second.close();
  });
});

/** Resolves once it is so: the other side notices in its own time. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}
