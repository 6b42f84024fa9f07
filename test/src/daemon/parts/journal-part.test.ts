import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { lastValueFrom, map, toArray } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Collector } from '../../../../src/collector/collector.ts';
import { startDaemon } from '../../../../src/daemon/index.ts';
import type { Log } from '../../../../src/log.ts';
import { event, events } from '../../../support/events.ts';
import { record } from '../../../support/record.ts';
import { stateDirectory } from '../../../support/state-directory.ts';
import { findTool, mayMount } from '../../../support/tools.ts';

/** The names of the readable events. */
async function names(collector: Collector): Promise<(string | undefined)[]> {
  const all = collector.events({ since: 0n, follow: false });
  return await lastValueFrom(
    all.pipe(
      map(({ name }) => name),
      toArray(),
    ),
  );
}

/** The body of an answer on the daemon's socket. */
async function text(stateDir: string, path: string): Promise<string> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ socketPath: join(stateDir, 'tidings.sock'), path }, resolve).on('error', reject);
  });
  return await textOf(response);
}

function options(): { stateDir: string; dataDir: string; engines: string[] } {
  const directory = stateDirectory();
  return { stateDir: join(directory, 'state'), dataDir: join(directory, 'data'), engines: ['none'] };
}

/** Keeps what is said as errors. */
function listening(): { log: Log; errors: string[] } {
  const errors: string[] = [];
  const nothing = (): void => undefined;
  const log = {
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: (_: unknown, text: string) => errors.push(text),
  };
  return { log, errors };
}

const mount = findTool('mount');

const umount = findTool('umount');

describe('a daemon with a journal', () => {
  it('continues after the daemon before it, and answers from both', async () => {
    const given = options();
    const first = await startDaemon(given);
    first.collector.append(events(3, 'a'));
    const { newest } = first.collector;
    await first.close();
    const second = await startDaemon(given);
    expect(second.begin).toBe(newest);
    second.collector.append(events(2, 'b'));
    expect(await names(second.collector)).toEqual(['a0', 'a1', 'a2', 'b0', 'b1']);
    const resumed = record(second.collector.frames({ cursor: newest, follow: false }));
    await resumed.until(({ kind }) => kind === 'end');
    expect(resumed.values.map(({ kind }) => kind)).toEqual(['ready', 'event', 'event', 'replay-end', 'end']);
    await second.close();
  });

  it('is the only one that writes it', async () => {
    const given = options();
    const daemon = await startDaemon(given);
    const other = { ...given, stateDir: join(given.dataDir, 'other') };
    await expect(startDaemon(other)).rejects.toThrow(/journal is in use by process \d+/);
    await daemon.close();
    await (await startDaemon(other)).close();
  });

  it('is degraded while nothing can be written, and records all once it can', async () => {
    const given = options();
    mkdirSync(given.dataDir);
    writeFileSync(join(given.dataDir, 'journal'), 'in the way');
    const { log, errors } = listening();
    const daemon = await startDaemon({ ...given, log });
    expect(errors[0]).toMatch(/^the journal cannot be written: .* it is tried again$/);
    daemon.collector.append([event({ name: 'live' })]);
    expect(await names(daemon.collector)).toEqual(['live']);
    const health = async (): Promise<{ status: string; journal: { failure?: string } }> =>
      JSON.parse(await text(given.stateDir, '/healthz'));
    expect(await health()).toMatchObject({ status: 'degraded', journal: { failure: expect.any(String) } });
    rmSync(join(given.dataDir, 'journal'));
    await expect.poll(health).toMatchObject({ status: 'ok', journal: { lost: 0 } });
    const { newest } = daemon.collector;
    await daemon.close();
    const second = await startDaemon(given);
    expect(second.begin).toBe(newest);
    expect(await names(second.collector)).toEqual(['live']);
    await second.close();
  });

  it.skipIf(!mayMount() || mount === undefined || umount === undefined)(
    'continues after the history of a read-only disk',
    async () => {
      const directory = join(stateDirectory(), 'small');
      mkdirSync(directory);
      execFileSync(mount ?? '', ['-t', 'tmpfs', '-o', 'size=4m,mode=0750', 'tidings-test', directory]);
      onTestFinished(() => void execFileSync(umount ?? '', ['--lazy', directory]));
      const given = { ...options(), dataDir: directory };
      const first = await startDaemon(given);
      first.collector.append(events(3, 'a'));
      await first.close();
      execFileSync(mount ?? '', ['-o', 'remount,ro', directory]);
      const second = await startDaemon(given);
      second.collector.append(events(2, 'b'));
      expect(await names(second.collector)).toEqual(['a0', 'a1', 'a2', 'b0', 'b1']);
      execFileSync(mount ?? '', ['-o', 'remount,rw', directory]);
      const status = async (): Promise<unknown> => JSON.parse(await text(given.stateDir, '/healthz')).status;
      await expect.poll(status).toBe('ok');
      second.collector.append(events(1, 'c'));
      await second.close();
      const third = await startDaemon(given);
      expect(third.collector.epoch).toBe(second.collector.epoch);
      expect(await names(third.collector)).toEqual(['a0', 'a1', 'a2', 'b0', 'b1', 'c0']);
      await third.close();
    },
  );

  it.skipIf(!mayMount() || mount === undefined || umount === undefined)(
    'names a crash as the reason of the numbers that it took, also while the disk is read-only',
    async () => {
      const directory = join(stateDirectory(), 'small');
      mkdirSync(directory);
      execFileSync(mount ?? '', ['-t', 'tmpfs', '-o', 'size=4m,mode=0750', 'tidings-test', directory]);
      onTestFinished(() => void execFileSync(umount ?? '', ['--lazy', directory]));
      const given = options();
      const first = await startDaemon(given);
      first.collector.append(events(3, 'a'));
      await expect.poll(() => first.collector.durable).toBe(first.collector.newest);
      // The disk as a power cut left it: the end of the newest event is missing.
      cpSync(given.dataDir, directory, { recursive: true, filter: (path) => !path.includes('/lock') });
      await first.close();
      const segment = join(directory, 'journal', '0000000000000001.segment');
      truncateSync(segment, statSync(segment).size - 4);
      execFileSync(mount ?? '', ['-o', 'remount,ro', directory]);
      const second = await startDaemon({ ...given, dataDir: directory });
      second.collector.append(events(1, 'b'));
      const all = record(second.collector.frames({ since: 0n, follow: false }));
      await all.until(({ kind }) => kind === 'end');
      const kinds = all.values.map((frame) => (frame.kind === 'gap' ? frame.reason : frame.kind));
      expect(kinds).toEqual(expect.arrayContaining(['crash']));
      expect(kinds).not.toContain('expired');
      await second.close();
    },
  );
});
