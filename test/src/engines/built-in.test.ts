import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startProcesses } from '../../../src/engines/built-in.ts';
import type { ProcessLife } from '../../../src/engines/process/lives.ts';
import type { IncomingEvent } from '../../../src/event.ts';
import type { Log } from '../../../src/log.ts';
import { silent } from '../../../src/log.ts';
import { openMonitor } from '../../../src/monitor/monitor.ts';
import { sendContainerEvent } from '../../../src/monitor/send.ts';
import { otherProcess } from '../../support/other-process.ts';
import { record } from '../../support/record.ts';
import { stateDirectory } from '../../support/state-directory.ts';
import { turns } from '../../support/turns.ts';

/** Lives that are over soon. */
const quick: readonly ProcessLife[] = [
  {
    ...{ name: 'a', image: 'demo/a:1', begins: 0, lasts: 1, ends: 1 },
    ...{ policy: 'on-failure:1', again: 60_000 },
  },
  { name: 'b', image: 'demo/b:1', begins: 0, lasts: 60_000, ends: 0, policy: 'no', again: 60_000 },
];

const of = (events: readonly (readonly IncomingEvent[])[], name: string): string[] =>
  events.flat().flatMap((event) => (event.name === name ? [event.action] : []));

describe('the built-in engine', () => {
  it('reports real processes through the FIFO, and their end when it is closed', async () => {
    const directory = stateDirectory();
    const monitor = await openMonitor({ directory });
    const events = record(monitor.events);
    const processes = startProcesses({ directory, lives: quick });
    expect(processes.names).toEqual(['a', 'b']);
    await events.until((_, all) => of(all, 'a').length === 5 && of(all, 'b').length === 2);
    expect(of(events.values, 'a')).toEqual(['create', 'start', 'die', 'start', 'die']);
    const [started] = events.values.flat().filter(({ name, action }) => name === 'b' && action === 'start');
    expect(started).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f]{64}$/),
      attributes: { image: 'demo/b:1' },
    });
    expect(readFileSync(`/proc/${started?.attributes['pid']}/cmdline`, 'utf8')).toContain('/bin/sh');
    await processes.close();
    await monitor.close();
    expect(of(events.values, 'b')).toEqual(['create', 'start', 'kill', 'die']);
    expect(existsSync(`/proc/${started?.attributes['pid']}`)).toBe(false);
    expect(monitor.status).toMatchObject({ records: 9, lines: 0, gaps: 0 });
  });

  it('has told of their end once it is closed, though there was no room for it before', async () => {
    const directory = stateDirectory();
    const monitor = await openMonitor({ directory });
    const fill = (): Promise<unknown> =>
      sendContainerEvent({ directory, name: 'x', state: 'top', timeout: 0 }).then(fill, () => undefined);
    await fill();
    const before = children().length;
    // The one that lasts: the other may come and go unseen.
    const processes = startProcesses({ directory, lives: quick.slice(1) });
    while (children().length === before) await turns(1);
    let closed = false;
    const closing = processes.close().then(() => (closed = true));
    while (children().length > before) await turns(1);
    await turns();
    expect(closed).toBe(false);
    const events = record(monitor.events);
    await closing;
    await monitor.close();
    expect(of(events.values, 'b')).toEqual(['create', 'start', 'kill', 'die']);
  });

  it('leaves no process behind, though it is killed itself', async () => {
    const directory = stateDirectory();
    const monitor = await openMonitor({ directory });
    const events = record(monitor.events);
    const other = await otherProcess(
      `import { startProcesses } from './src/engines/built-in.ts';
       startProcesses({ directory: process.argv[2] }); console.log('started');`,
      directory,
    );
    await events.until((_, all) => of(all, 'job').length === 2);
    const pids = events.values.flat().flatMap(({ attributes: { pid } }) => (pid === undefined ? [] : [pid]));
    expect(pids).toHaveLength(2);
    await other.kill();
    const lives = (pid: string): boolean => existsSync(`/proc/${pid}`);
    // The process that adopts orphans has to collect them too; vitest's time limit applies.
    while (pids.some((pid) => lives(pid) && !isZombie(pid))) await delay(10);
    await monitor.close();
  });

  it('logs reports that fail, and continues', async () => {
    const said: string[] = [];
    const log: Log = { ...silent, warn: (_, text) => said.push(text) };
    const processes = startProcesses({ directory: join(stateDirectory(), 'nowhere'), lives: quick, log });
    await processes.close();
    const again = startProcesses({ directory: join(stateDirectory(), 'nowhere'), lives: quick, log });
    while (said.length < 4) await delay(5);
    await again.close();
    expect(said).toContain('create of a process is not reported');
    expect(said).toContain('start of a process is not reported');
  });
});

/** The processes that this one has started. */
function children(): readonly string[] {
  return readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean);
}

function isZombie(pid: string): boolean {
  try {
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}
