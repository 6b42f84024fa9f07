import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startDaemon } from '../../../../src/daemon/index.ts';
import { dockerdAvailable, useDockerd } from '../../../support/dockerd.ts';
import { record } from '../../../support/record.ts';
import { stateDirectory } from '../../../support/state-directory.ts';

function options(): { stateDir: string; dataDir: string; engines: string[] } {
  const directory = stateDirectory();
  return { stateDir: join(directory, 'state'), dataDir: join(directory, 'data'), engines: ['none'] };
}

describe.skipIf(!dockerdAvailable)('a daemon that was down while Docker ran', () => {
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
