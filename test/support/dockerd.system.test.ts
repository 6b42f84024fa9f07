import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dockerdAvailable, startDockerd, useDockerd } from './dockerd.ts';

describe.skipIf(!dockerdAvailable)('a dockerd for tests', () => {
  const dockerd = useDockerd();

  it('runs a container to its end', async () => {
    const { id, exitCode } = await dockerd().run({ name: 'web', command: ['sh', '-c', 'exit 3'] });
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(exitCode).toBe(3);
    expect(await dockerd().heldEvents()).toContain('"Action":"die"');
  });

  it('is killed and started again on the same directories', async () => {
    const id = await dockerd().create({ name: 'kept' });
    await dockerd().restart('SIGKILL');
    await expect(dockerd().api('GET', '/containers/kept/json')).resolves.toMatchObject({ Id: id });
    expect(await dockerd().heldEvents()).not.toContain('"Action":"create"');
  });

  it('leaves nothing behind, whatever runs when it is removed', async () => {
    const other = await startDockerd();
    await other.launch({ command: ['sleep', '1000'] });
    await other.end('SIGKILL');
    expect(readFileSync('/proc/self/mounts', 'utf8')).toContain(other.directory);
    await other.remove();
    expect(existsSync(other.directory)).toBe(false);
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(other.directory);
    await expect(other.api('GET', '/_ping')).rejects.toThrow(/ENOENT|ECONNREFUSED/);
  });
});
