import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { cli, type Running } from '../../../support/cli.ts';
import { Fleet, WITHIN } from '../../../support/fleet.ts';
import { natsServer } from '../../../support/nats.ts';

const fleet = Fleet.forEachTest();
const tidings = cli();

/** A central daemon, and the events that it keeps. */
function central(): {
  readonly start: () => Promise<Running>;
  readonly events: (...flags: string[]) => Promise<Kept[]>;
} {
  const place = ['--state-dir', join(fleet.directory, 's')];
  return {
    start: async () => {
      const data = ['--data-dir', join(fleet.directory, 'd'), '--engine', `fleet=${fleet.server.url}`];
      const daemon = tidings(['serve', ...place, ...data]);
      await daemon.until(/fleet/, 'stderr');
      return daemon;
    },
    events: async (...flags) => {
      const { finished } = tidings(['events', ...place, '-S', '0', '--no-follow', '-o', 'json', ...flags]);
      const { stdout } = await finished;
      const lines = stdout.split('\n').filter((line) => line !== '');
      return lines.map((line) => JSON.parse(line) as Kept).filter(({ type }) => type === 'container');
    },
  };
}

interface Kept {
  readonly type: string;
  readonly name: string;
  readonly source: { readonly host: string };
}

/** The names in the events of a host. */
const namesOf = (events: readonly Kept[], wanted: string): string[] =>
  events.flatMap(({ name, source: { host } }) => (host === wanted ? [name] : []));

describe.skipIf(natsServer === undefined)('a central daemon', () => {
  it('records the events of all hosts once and in order, although it is killed and started again', async () => {
    const { start, events } = central();
    const [a, b] = [fleet.host('web.1'), fleet.host('db')];
    let count = 0;
    for (let round = 0; round < 3; round++) {
      const daemon = await start();
      // It is killed while these arrive.
      for (let i = 0; i < 5; i++) for (const host of [a, b]) host.append(20);
      count += 100;
      await vi.waitFor(
        async () => expect(namesOf(await events(), 'db').length).toBeGreaterThan(count - 100),
        WITHIN,
      );
      daemon.child.kill('SIGKILL');
      await daemon.finished;
    }
    const daemon = await start();
    const wanted = Array.from({ length: count }, (_, i) => String(i));
    await vi.waitFor(async () => {
      const all = await events();
      expect(namesOf(all, 'web.1').length + namesOf(all, 'db').length).toBeGreaterThanOrEqual(2 * count);
    }, WITHIN);
    const all = await events();
    expect(namesOf(all, 'web.1')).toEqual(wanted);
    expect(namesOf(all, 'db')).toEqual(wanted);
    // One name on two hosts stays two.
    const { stdout } = await tidings(['ps', '-a', '--state-dir', join(fleet.directory, 's'), '-o', 'json'])
      .finished;
    expect(stdout.match(/"name":"7"/g)).toHaveLength(2);
    daemon.child.kill('SIGTERM');
    await daemon.finished;
  }, 180_000);
});
