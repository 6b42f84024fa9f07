import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastValueFrom, map, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Collector } from '../../../../src/collector/collector.ts';
import { startDaemon } from '../../../../src/daemon/index.ts';
import type { Log } from '../../../../src/log.ts';
import { dockerdAvailable, useDockerd } from '../../../support/dockerd.ts';
import { event, events } from '../../../support/events.ts';
import { record } from '../../../support/record.ts';
import { stateDirectory } from '../../../support/state-directory.ts';

/** What can be had, as names. */
async function names(collector: Collector): Promise<(string | undefined)[]> {
  const all = collector.events({ since: 0n, follow: false });
  return await lastValueFrom(
    all.pipe(
      map(({ name }) => name),
      toArray(),
    ),
  );
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

describe('a daemon with a journal', () => {
  it('goes on where the one before it ended, and answers from both', async () => {
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

  it('says so where nothing can be written, and goes on without', async () => {
    const given = options();
    mkdirSync(given.dataDir);
    writeFileSync(join(given.dataDir, 'journal'), 'in the way');
    const { log, errors } = listening();
    const daemon = await startDaemon({ ...given, log });
    expect(errors[0]).toBe('no journal can be written: what happens from now on is not kept');
    daemon.collector.append([event({ name: 'live' })]);
    expect(await names(daemon.collector)).toEqual(['live']);
    await daemon.close();
  });
});

describe.skipIf(!dockerdAvailable)('a daemon that was down while Docker went on', () => {
  const dockerd = useDockerd();

  it('fetches what happened meanwhile, and repeats nothing', async () => {
    const given = { ...options(), engines: [`docker=${dockerd().endpoint}`] };
    const first = await startDaemon(given);
    const seen = record(first.collector.events({ since: 0n }));
    await dockerd().create({ name: 'before' });
    await seen.until(({ name }) => name === 'before');
    await first.close();
    await dockerd().create({ name: 'meanwhile' });
    const second = await startDaemon(given);
    await dockerd().create({ name: 'after' });
    const all = record(second.collector.events({ since: 0n }));
    await all.until(({ name }) => name === 'after');
    const created = all.values.filter(({ action }) => action === 'create').map(({ name }) => name);
    expect(created).toEqual(['before', 'meanwhile', 'after']);
    expect(all.values.filter(({ action }) => action === 'gap')).toEqual([]);
    await second.close();
  });
});
