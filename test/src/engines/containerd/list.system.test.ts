import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { containerd } from '../../../../src/engines/containerd/index.ts';
import type { Inspected } from '../../../../src/engines/control.ts';
import { grpcServer } from '../../../support/grpc-server.ts';
import { grpcPython } from '../../../support/isulad-client.ts';

const MIB = 2 ** 20;

async function listOf(count: number, bytes: number): Promise<readonly Inspected[]> {
  const server = await grpcServer('containerd-list.py', undefined, String(count), String(bytes));
  return await firstValueFrom(containerd.control!(server.endpoint).list());
}

describe.skipIf(grpcPython === undefined)('a list of containerd', { timeout: 120_000 }, () => {
  it('leaves out labels of 1 MiB while other work continues', async () => {
    let turns = 0;
    let most = 0;
    const before = process.memoryUsage().rss;
    const watch = setInterval(() => {
      turns++;
      most = Math.max(most, process.memoryUsage().rss - before);
    }, 1);
    const all = await listOf(400, MIB).finally(() => clearInterval(watch));
    expect(all).toHaveLength(400);
    for (const { state, labelsLeftOut } of all) {
      expect(state).toMatchObject({ image: 'box', labels: { 'nerdctl/name': state.id } });
      expect([Object.keys(state.labels).length, labelsLeftOut]).toEqual([1, 1]);
    }
    expect(most).toBeLessThan(250 * MIB);
    expect(turns).toBeGreaterThan(20);
  });

  it('keeps 16 Mi characters of labels of all containers', async () => {
    const all = await listOf(5000, 8000);
    const lengths = all.flatMap(({ state }) => Object.entries(state.labels).flat());
    expect(lengths.join('').length).toBeGreaterThan(15 * MIB);
    expect(lengths.join('').length).toBeLessThanOrEqual(16 * MIB);
    expect(
      all.filter(({ state, labelsLeftOut = 0 }) => 2 - labelsLeftOut !== Object.keys(state.labels).length),
    ).toEqual([]);
    expect(all.map(({ state }) => state.name)).toEqual(all.map(({ state }) => state.id));
  });
});
