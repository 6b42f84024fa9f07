import { describe, expect, it, onTestFinished } from 'vitest';
import { Subject } from 'rxjs';
import { ProcessContainer, type ProcessReport } from '../../../../src/engines/process/container.ts';
import { type Recording, record } from '../../../support/record.ts';

const spec = { name: 'web', image: 'demo/web:1', labels: { tier: 'front' } };

interface Watched {
  readonly container: ProcessContainer;
  readonly reports: Recording<ProcessReport>;
  /** Resolves once the last report is of that state. */
  until(state: string): Promise<unknown>;
}

function watched(shell?: string): Watched {
  const all = new Subject<ProcessReport>();
  const reports = record(all);
  const container = new ProcessContainer(spec, { clock: () => 5n, report: (each) => all.next(each), shell });
  onTestFinished(() => container.close());
  return { container, reports, until: (state) => reports.until((_, all) => all.at(-1)?.state === state) };
}

const states = ({ values }: Recording<ProcessReport>): string[] => values.map(({ state }) => state);

describe('a process as a container', () => {
  it('is reported from its creation on, under its own id', async () => {
    const { container, reports, until } = watched();
    expect(container.id).toMatch(/^[0-9a-f]{64}$/);
    const image = { image: 'demo/web:1', name: 'web' };
    container.start();
    container.start();
    await until('start');
    container.finish(3);
    await until('die');
    expect(reports.values).toEqual([
      { name: container.id, state: 'create', extra: { ...image, tier: 'front' } },
      { name: container.id, state: 'start', pid: expect.any(Number), extra: image },
      { name: container.id, state: 'die', exitCode: 3, extra: image },
    ]);
  });

  it('is killed by signals, and says by which', async () => {
    const { container, reports, until } = watched();
    container.start();
    await until('start');
    container.kill('SIGKILL');
    await until('die');
    expect(reports.values.slice(2)).toMatchObject([
      { state: 'kill', extra: { signal: '9' } },
      { state: 'die', exitCode: 137 },
    ]);
  });

  it('tells its changes, and that it was stopped on purpose', async () => {
    const { container, reports, until } = watched();
    const changes = record(container.changes);
    container.start();
    await until('start');
    container.stop();
    await until('stop');
    expect(states(reports)).toEqual(['create', 'start', 'kill', 'die', 'stop']);
    expect(changes.values).toEqual([
      { kind: 'start', at: 5n },
      { kind: 'stop' },
      { kind: 'die', at: 5n, exitCode: 143 },
    ]);
    container.start();
    await reports.until((_, all) => all.length === 6);
    container.finish(0);
    await until('die');
    expect(states(reports).slice(5)).toEqual(['start', 'die']);
  });

  it('dies with 127 where it cannot be started', async () => {
    const { container, reports, until } = watched('/nowhere/sh');
    container.start();
    await until('die');
    expect(reports.values.slice(1)).toMatchObject([{ state: 'die', exitCode: 127 }]);
    expect(container.running).toBe(false);
  });

  it('takes no orders while it does not run', async () => {
    const { container, reports } = watched();
    container.finish(1);
    container.kill('SIGTERM');
    container.stop();
    await container.close();
    expect(states(reports)).toEqual(['create']);
  });

  it('has ended once it is closed', async () => {
    const { container, reports, until } = watched();
    container.start();
    await until('start');
    const { pid = 0 } = reports.values.at(-1) ?? {};
    await container.close();
    expect(states(reports)).toEqual(['create', 'start', 'kill', 'die']);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});
