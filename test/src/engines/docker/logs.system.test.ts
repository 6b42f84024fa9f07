import { EMPTY, firstValueFrom, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { dockerdAvailable, useDockerd } from '../../../support/dockerd.ts';
import { dockerControl } from '../../../../src/engines/docker/control.ts';

describe.skipIf(!dockerdAvailable)('the log of a real container', () => {
  const dockerd = useDockerd();

  it('is had by its id, and its failed health checks and start by inspecting it', async () => {
    const id = await dockerd().launch({ command: ['sh', '-c', 'echo out; echo err >&2; echo end'] });
    await dockerd().api('POST', `/containers/${id}/wait`);
    const control = dockerControl(dockerd().socket);
    const logs = (of: string, lines: number): Observable<readonly string[]> =>
      control.logs?.(of, lines) ?? EMPTY;
    expect(await firstValueFrom(logs(id, 2))).toHaveLength(2);
    expect([...(await firstValueFrom(logs(id, 9)))].toSorted()).toEqual(['end', 'err', 'out']);
    const broken = await dockerd().create({ command: ['nosuch'] });
    await expect(dockerd().api('POST', `/containers/${broken}/start`)).rejects.toThrow(/nosuch/);
    expect((await firstValueFrom(control.inspect(broken)))?.error).toMatch(/nosuch/);
  });
});
